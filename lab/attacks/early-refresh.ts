// Threat: a malicious dependency calls the refresh endpoint itself once somebody is signed in. Expected: as with an injected script, but
// a strict policy does not help, because it allows this script.
import type { Attack } from '../attack.ts'
import { told } from '../scene.ts'
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
    const page = await scene.open()
    await told(page, 'ready')
    // Where the loot leaves by navigation, the page is gone before the person sees that they are signed in.
    const signing = scene.signIn(page).catch(() => undefined)
    const report = await awaitLoot(scene, 'token', 10_000)
    if (!report.kinds.includes('token')) await signing
    return judgeToken(scene, page, report, 'was given no token')
  },
}
