// The person signs out in one tab and leaves the computer; somebody else presses "back" in another. Expected: the browser keeps pages as
// they were (back/forward cache), private data on them included, unless something throws them out.
import { setTimeout as sleep } from 'node:timers/promises'
import { stopped, succeeded, type Attack } from '../attack.ts'
import { press, told } from '../scene.ts'

export const backButton: Attack = {
  name: 'back-button',
  group: 'the person',
  title: 'The back button shows private data after sign-out',
  what: 'In one tab the person followed a link to another page; in a second tab they sign out. Somebody presses “back” in the first.',
  why: 'Browsers keep the last pages of a tab as they were, and show them again without asking the server.',
  stops: 'Telling the other tabs: a message to a page in that cache throws it out.',
  control: 'session',
  succeedsOn: ['session', 'local-storage', 'readable-cookie', 'httponly-cookie', 'tutorial'],
  inapplicable: ({ name }) =>
    name === 'variable' || name === 'session-storage' ? 'a second tab is not signed in at all' : undefined,
  async run(scene) {
    const first = await scene.signIn()
    await first.locator('a[href="/about"]').click()
    await first.waitForURL('**/about')
    const second = await scene.open()
    await told(second, 'ready')
    await press(second, '#sign-out', 'signed out')
    await sleep(200)
    await first.goBack({ waitUntil: 'commit' })
    await told(first, /ready|done/)
    const seen = (await first.locator('#who').textContent()) ?? ''
    return seen.includes(scene.victim.email)
      ? succeeded('the page came back with the person’s e-mail address on it')
      : stopped('the page came back signed out')
  },
}
