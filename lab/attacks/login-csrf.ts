// Threat: another site signs the victim's browser in, as the attacker: whatever the victim then enters lands in the attacker's account.
// The attacker has a site and an account. Expected: a sign-in that takes a form from anywhere is fooled.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { APP, EVIL } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (_, app, { email, password }) => `<!doctype html>
<form action="${app}/api/auth/login" method="post">
<input name="email" value="${email}"><input name="password" value="${password}"></form>
<script>document.forms[0].submit()</script>`

export const loginCsrf: Attack = {
  name: 'login-csrf',
  group: 'other sites',
  title: 'Another site signs the victim in as the attacker',
  what: 'The attacker’s page submits the sign-in form with the attacker’s own e-mail and password. The victim later opens the application and is in the attacker’s account.',
  why: 'The sign-in needs no cookie, so SameSite does not protect it, and its answer sets one.',
  stops: 'A sign-in that takes JSON from its own origin only, and looks at Sec-Fetch-Site.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'httponly-cookie', 'tutorial'],
  async run(scene) {
    await scene.thief.publish({ address: `${EVIL}/prize`, body: page('evil', APP, scene.attacker) })
    const status = await scene.lure(`${EVIL}/prize`, 'POST', '/api/auth/login')
    await told(await scene.open(), 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.attacker.email, from: 'browser' }).length > 0
      ? succeeded('the victim opened the application, and the server counted the attacker’s profile')
      : stopped(
          `the sign-in answered ${status}; the victim opened the application and was not in the attacker’s account`,
        )
  },
}
