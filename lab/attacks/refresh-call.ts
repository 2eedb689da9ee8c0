// Threat: a script injected into the page does what the page does: it calls the refresh endpoint and reads the answer. The attacker has
// one hole in the page's HTML. Expected: wherever a cookie alone buys an access token, that token leaves the browser, however well the
// page hides its own.
import type { Attack } from '../attack.ts'
import { judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const answer = await fetch('/api/auth/refresh', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  kit.take('token', ((await answer.json()) as { accessToken?: string }).accessToken)
}

export const refreshCall: Attack = {
  name: 'refresh-call',
  group: 'script, late',
  title: 'Calls the refresh endpoint and reads the answer',
  what: 'The script does not look for the token: it asks the server for a new one. The browser adds the cookie by itself.',
  why: 'The server cannot tell the page’s own script from an injected one: both come from the same origin with the same cookie.',
  stops:
    'Keeping the script out (strict CSP), or an answer that is useless without a key that cannot be copied. Hiding the token in a closure or a variable does not help.',
  script: { when: 'late', payload: script },
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh endpoint' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    return judgeToken(scene, page, await scriptReport(scene), 'was given no token')
  },
}
