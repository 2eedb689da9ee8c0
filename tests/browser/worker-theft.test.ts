// What a script that was injected into the page finds of a token that is in a worker: nothing, as long as the two policies hold. Each
// way in is shown to work where they do not stand. Numbers are those of docs/browsers.md.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { MINUTE, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'
import { openWorkerSite, type WorkerSite } from '../support/worker-site.ts'

let site: WorkerSite
beforeAll(async () => {
  site = await openWorkerSite()
})
afterEach(() => site.tidy())
afterAll(() => site.close())

/** The signatures of every access token that was sent to the application so far. */
function signatures({ proxy }: Pick<Stage, 'proxy'>): string[] {
  const sent = proxy.arrivals.flatMap(({ headers }) => headers.authorization?.split('.')[2] ?? [])
  expect(sent.length).toBeGreaterThan(0)
  return [...new Set(sent)]
}

/** All strings of the page's heap, as the debugger sees it. */
async function heapOf(page: Page): Promise<string> {
  const debug = await page.context().newCDPSession(page)
  const chunks: string[] = []
  debug.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await debug.send('HeapProfiler.takeHeapSnapshot')
  await debug.detach()
  return chunks.join('')
}

test('44: the token is in no object and nowhere in the heap of the page, where it is without a worker', async () => {
  const { tab } = await site.somebody()
  await tab.evaluate(() => call('/api/profile'))
  site.server.advance(16 * MINUTE)
  await tab.evaluate(() => call('/api/profile'))
  const tokens = signatures(site)
  expect(tokens).toHaveLength(2)
  const heap = await heapOf(tab)
  expect(heap).toContain('auth-worker.js')
  for (const token of tokens) {
    expect(heap).not.toContain(token)
    expect(await tab.evaluate((secret) => findSecret(secret), token)).toEqual([])
  }

  const plain = await openStage()
  const { tab: page } = await plain.somebody()
  await page.evaluate(() => call('/api/profile'))
  expect(await heapOf(page)).toContain(signatures(plain).at(-1))
  await plain.close()
})

/** Everything that a script tries which came into the page before the application; what it saw of tokens. */
const listen = () => {
  const seen: string[] = []
  const look = (value: unknown): void => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    seen.push(...(text?.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []))
  }
  Object.assign(globalThis, { seen })
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => {
    look([...new Request(input, init).headers])
    const response = await fetch(input, init)
    look(await response.clone().text())
    return response
  }
  // Ports: both ends of every worker and channel that is made.
  const real = globalThis.Worker
  globalThis.Worker = new Proxy(real, {
    construct(made, given: ConstructorParameters<typeof Worker>) {
      const worker = new made(...given)
      worker.addEventListener('message', ({ data }) => look(data))
      Object.assign(globalThis, { theirs: worker })
      return worker
    },
  })
  for (const { prototype } of [real, MessagePort, BroadcastChannel]) {
    const { postMessage } = prototype
    prototype.postMessage = function patched(this: never, ...words: unknown[]) {
      look(words)
      Reflect.apply(postMessage as (...given: unknown[]) => void, this, words)
    }
  }
  for (const name of [`hallpass ${location.origin}/api/auth/`, 'hallpass']) {
    const channel = new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }) => look(data))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    setInterval(() => channel.postMessage(['ask', '']), 50)
  }
}

test('44: patched fetch, ports and channels carry no token, whatever the page does', async () => {
  const browser = await site.browser()
  await browser.addInitScript(listen)
  const tab = await site.tab(browser)
  const other = await site.tab(browser)
  await site.signUp(tab)
  await other.waitForFunction(() => auth.state.status === 'in')
  for (const page of [tab, other]) expect(await page.evaluate(() => call('/api/profile'))).toBe(200)
  await tab.evaluate(() => auth.refresh())
  const password = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"current":"x","next":"y"}',
  }
  await tab.evaluate((init) => call('/api/auth/password', init), password)
  await tab.evaluate(() => auth.logout())
  for (const page of [tab, other])
    expect(await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)).toEqual([])
  expect(signatures(site).length).toBeGreaterThan(1)
})

/** Asks for a token in each way a script has; what each came to. */
const steal = async (): Promise<Record<string, string>> => {
  const refresh = `${location.origin}/api/auth/refresh`
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' } as const
  const found = (text: string): string => {
    if (/eyJ[\w-]+\.[\w-]+\.[\w-]+/.test(text)) return 'TOKEN'
    return text.includes('accessToken') ? 'a session answer without its token' : 'nothing'
  }
  const tries: Record<string, () => Promise<string>> = {
    fetch: async () => (await fetch(refresh, init)).text(),
    'fetch of a frame': async () => {
      const frame = document.body.appendChild(document.createElement('iframe'))
      return (await (frame.contentWindow as unknown as typeof globalThis).fetch(refresh, init)).text()
    },
    'fetch of another window': async () => {
      const other = window.open('/blank') as (Window & typeof globalThis) | null
      await new Promise((resolve) => setTimeout(resolve, 500))
      return (await (await other?.fetch(refresh, init))?.text()) ?? ''
    },
    'fetch of an answer opened as a page': async () => {
      const other = window.open('/api/auth/jwks') as (Window & typeof globalThis) | null
      await new Promise((resolve) => setTimeout(resolve, 500))
      return (await (await other?.fetch(refresh, init))?.text()) ?? ''
    },
    'fetch of the worker’s file opened as a page': async () => {
      const other = window.open('/auth-worker.js') as (Window & typeof globalThis) | null
      await new Promise((resolve) => setTimeout(resolve, 500))
      return (await (await other?.fetch(refresh, init))?.text()) ?? ''
    },
    XMLHttpRequest: () =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest()
        request.open('POST', refresh)
        request.setRequestHeader('content-type', 'application/json')
        request.onloadend = () => resolve(request.responseText)
        request.send('{}')
      }),
    'a worker of its own': () =>
      new Promise((resolve) => {
        const code = `fetch(${JSON.stringify(refresh)}, ${JSON.stringify(init)}).then((one) => one.text()).then(postMessage, postMessage)`
        const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
        worker.addEventListener('message', ({ data }) => resolve(String(data)))
        worker.addEventListener('error', () => resolve(''))
      }),
    'the worker’s file as a script of the page': async () => {
      const file = '/auth-worker.js'
      await import(file)
      return ''
    },
    'the worker’s file as a service worker': async () => {
      const { active, installing, waiting } = await navigator.serviceWorker.register('/auth-worker.js', {
        type: 'module',
      })
      const worker = active ?? waiting ?? installing
      const heard = new Promise<string>((resolve) => {
        navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(JSON.stringify(data)))
        navigator.serviceWorker.startMessages()
        setTimeout(resolve, 500, '')
      })
      const say = (words: unknown[]): void => worker?.postMessage(words, [])
      say([0, 'page', ['', false, false, false, true]])
      say([1, 'fetch', { url: refresh, ...init, headers: [['content-type', 'application/json']] }])
      return heard
    },
    'a copy of the worker': () => ask(new Worker('/auth-worker.js', { type: 'module' })),
    'the page’s own worker': () => ask((globalThis as unknown as { theirs: Worker }).theirs),
  }
  /** Says everything to a worker that might get a token back, and listens. */
  const ask = async (worker: Worker): Promise<string> => {
    const heard: string[] = []
    worker.addEventListener('message', ({ data }: MessageEvent<unknown[]>) => {
      heard.push(JSON.stringify(data))
      const { body } = Object(data[2]) as { body?: unknown }
      if (body instanceof ReadableStream) void new Response(body).text().then((text) => heard.push(text))
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    const say = (...words: unknown[]): void => worker.postMessage(words)
    say(0, 'page', ['', false, false, false, true])
    const headers = [['content-type', 'application/json']]
    const addresses = [
      refresh,
      '/api/auth/../auth/refresh',
      '/api/%61uth/refresh',
      '/API/auth/refresh',
      '//api/auth/refresh',
      '/api/somewhere',
    ]
    addresses.forEach((address, n) => {
      const url = new URL(address, location.href).href
      for (const more of [
        {},
        { redirect: 'manual' },
        { mode: 'same-origin' },
        { headers: [...headers, ['authorization', 'x']] },
      ])
        say(100 + n, 'fetch', { method: 'POST', headers, body: '{}', credentials: 'include', ...more, url })
    })
    for (const verb of [
      'origins',
      'ready',
      'refresh',
      'constructor',
      'toString',
      '__proto__',
      'state',
      'token',
      'pass',
    ])
      say(200, verb, { body: {}, path: 'refresh' })
    say(300, 'login', { body: {}, path: 'refresh' })
    say(301, 'adopt', { status: 200, headers: [], text: '{"accessToken":""}' })
    const wait = () => new Promise((resolve) => setTimeout(resolve, 200))
    // As long as a busy machine takes, and then what may come late.
    for (let n = 0; n < 150 && !heard.join('').includes('accessToken'); n++) await wait()
    await wait()
    return heard.join('\n')
  }

  const came: Record<string, string> = {}
  for (const [name, attempt] of Object.entries(tries)) came[name] = found(await attempt().catch(String))
  return came
}

test('44: no script of the page is given a token, however it asks; without the policies most of the ways lead to one', async () => {
  const ways = async (here: WorkerSite): Promise<Record<string, string>> => {
    const browser = await here.browser()
    await browser.addInitScript(listen)
    const tab = await here.tab(browser)
    await here.signUp(tab)
    expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
    return tab.evaluate(steal)
  }
  const came = await ways(site)
  expect(Object.keys(came)).toHaveLength(11)
  const fromWorkers = 'a session answer without its token'
  expect(came).toEqual({
    ...Object.fromEntries(Object.keys(came).map((way) => [way, 'nothing'])),
    'a copy of the worker': fromWorkers,
    'the page’s own worker': fromWorkers,
  })

  const open = await openWorkerSite(false)
  expect(await ways(open)).toEqual({
    ...came,
    fetch: 'TOKEN',
    'fetch of a frame': 'TOKEN',
    'fetch of another window': 'TOKEN',
    'fetch of the worker’s file opened as a page': 'TOKEN',
    XMLHttpRequest: 'TOKEN',
    'a worker of its own': 'TOKEN',
  })
  await open.close()
})

/** Says words of a script's own making to the page's worker, which would take a request or a token elsewhere; what it answered. */
async function sayForged(here: WorkerSite): Promise<string[]> {
  const browser = await here.browser()
  await browser.addInitScript(listen)
  const tab = await here.tab(browser)
  await here.signUp(tab)
  here.foreign.forget()
  return tab.evaluate(async (foreign) => {
    const worker = (globalThis as unknown as { theirs: Worker }).theirs
    const told: string[] = []
    worker.addEventListener('message', ({ data }) => told.push(JSON.stringify(data)))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    const say = (...words: unknown[]): void => worker.postMessage(words)
    say(9001, 'fetch', { url: `${foreign}/x`, method: 'GET', headers: [], body: null })
    say(9002, 'login', { body: {}, path: `${foreign}/login` })
    say(0, 'page', ['pageshow', false, false, false, true, '{"sid":"x"}', { baseURI: foreign, origins: [foreign] }])
    say(9003, 'fetch', { url: `${location.origin}/api/away`, method: 'GET', headers: [], body: null })
    const answers = () => told.filter((words) => /^\["answer",900\d/.test(words))
    while (answers().length < 3) await new Promise((resolve) => setTimeout(resolve, 50))
    return answers().toSorted()
  }, here.foreign.origin)
}

test('44: no word makes the worker call another origin, or take the token there', async () => {
  const heard = await sayForged(site)
  expect(heard.map((words) => words.slice(10, 14))).toEqual(['9001', '9002', '9003'])
  expect(heard.filter((words) => words.includes('caught'))).toEqual([])
  expect(site.foreign.arrivals).toEqual([])
  expect(site.proxy.arrivals.find(({ path }) => path === '/api/away')?.headers.authorization).toMatch(/^Bearer eyJ/)

  // Without the policies as well: all that goes there is where an API of ours leads to, and it goes without the token.
  const open = await openWorkerSite(false)
  await sayForged(open)
  expect(open.foreign.arrivals.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/caught', undefined],
  ])
  await open.close()
})

test('44: a session answer reaches the page without its token, and `adopt` takes it up', async () => {
  const { tab } = await site.somebody()
  const answered = await tab.evaluate(async () => {
    const response = await auth.fetch('/api/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    const body = (await response.clone().json()) as { accessToken: string; user: { id: string } }
    const user = await auth.adopt(response)
    return {
      status: response.status,
      token: body.accessToken,
      same: body.user.id === user.id,
      path: new URL(response.url).pathname,
    }
  })
  expect(answered).toEqual({ status: 200, token: '', same: true, path: REFRESH })
  expect(await tab.evaluate(() => told.events.filter((event) => event === 'signed_in').length)).toBe(2)
  site.proxy.forget()
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(site.proxy.count(PROFILE)).toBe(1)

  // What is no session is refused as it is without a worker.
  const refused = await tab.evaluate(() =>
    auth.adopt(new Response('{}')).catch((error: unknown) => (error as InstanceType<typeof hallpass.AuthError>).code),
  )
  expect(refused).toBe('unavailable')
})
