// Threat: a page shows the application in a transparent frame and lets the victim click where the button is. The attacker has a site and a
// sibling host. Expected: on another site the framed application has no cookies; on a sibling host it has, and only frame-ancestors helps.
import type { Page } from 'playwright-core'
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
  succeedsOn: [
    'session',
    'local-storage',
    'readable-cookie',
    'httponly-cookie',
    'tutorial',
    'hallpass',
    'hallpass-bound',
  ],
  async run(scene) {
    await scene.signIn()
    const worked: string[] = []
    for (const site of ['evil', 'sibling'] as const) {
      const address = `${site === 'evil' ? EVIL : SIBLING}/game`
      scene.ledger.forget()
      await scene.thief.publish({ address, body: page(site, APP, scene.attacker) })
      const lure = await scene.browser.newPage()
      await lure.goto(address)
      if (!(await showsApplication(lure))) continue
      const button = lure.frameLocator('iframe').locator('#transfer button')
      if (!(await button.isVisible())) continue
      await Promise.all([scene.arrival('POST', '/api/transfer'), button.click()])
      if (scene.ledger.find({ deed: 'transfer', by: scene.victim.email }).length > 0)
        worked.push(new URL(address).hostname)
    }
    return worked.length > 0
      ? succeeded(`the server counted a transfer, clicked in a frame on ${worked.join(' and ')}`)
      : stopped('in frames on evil.test and blog.app.test there was no button to click')
  },
}

/** Waits until the frame shows the application at work, or the browser's page about what it refused to show. */
async function showsApplication(lure: Page): Promise<boolean> {
  const until = Date.now() + 20_000
  while (Date.now() < until) {
    if (lure.frames().some((frame) => frame.url().startsWith('chrome-error:'))) return false
    const word = await lure
      .frameLocator('iframe')
      .locator('#told')
      .textContent({ timeout: 500 })
      .catch(() => null)
    if (word !== null && /ready|error/.test(word)) return true
  }
  throw new Error('the frame showed neither the application nor an error')
}
