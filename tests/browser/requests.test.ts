// auth.fetch is fetch: bodies arrive byte for byte also the second time, signals are obeyed, responses are the browser's own.
// Numbers are those of docs/browsers.md.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually, MINUTE, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

test('35: every kind of body arrives byte for byte, also when it has to be sent twice', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  const results = await tab.evaluate(async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(50_000))
    const form = (): FormData => {
      const data = new FormData()
      data.set('a', 'ü')
      data.set('file', new File([bytes], 'photo.jpg', { type: 'image/jpeg' }))
      return data
    }
    const post = (body: BodyInit): [string | Request, RequestInit?] => ['/api/echo', { method: 'POST', body }]
    const requests: Record<string, [string | Request, RequestInit?]> = {
      string: post('{"a":"ü"}'),
      parameters: post(new URLSearchParams({ a: 'ü b' })),
      blob: post(new Blob([bytes], { type: 'image/png' })),
      buffer: post(bytes.buffer),
      view: post(bytes.subarray(10, 4000)),
      request: [new Request('/api/echo', { method: 'PUT', body: bytes, headers: { 'content-type': 'x/y' } })],
      'request with init': [new Request('/api/echo', { method: 'POST', body: 'old' }), { body: bytes }],
    }
    const digest = async (data: BufferSource): Promise<string> =>
      [...new Uint8Array(await crypto.subtle.digest('SHA-256', data))]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('')
    const seen: Record<string, unknown> = {}
    await Promise.all(
      Object.entries(requests).map(async ([name, [input, init]]) => {
        const copy = new Request(input instanceof Request ? input.clone() : input, init)
        const answer = (await (await auth.fetch(input, init)).json()) as { hash: string; type?: string }
        const expected = { hash: await digest(await copy.arrayBuffer()), type: copy.headers.get('content-type') }
        seen[name] = answer.hash === expected.hash && (answer.type ?? null) === expected.type
      }),
    )
    // The boundary of a form is made anew each time: it is the size and the type that can be compared.
    const sent = (await (await auth.fetch('/api/echo', { method: 'POST', body: form() })).json()) as {
      size: number
      type: string
    }
    seen['form'] = sent.size > 50_000 && sent.type.startsWith('multipart/form-data; boundary=')
    return seen
  })
  expect(results).toEqual(Object.fromEntries(Object.keys(results).map((name) => [name, true])))
  expect(Object.keys(results)).toHaveLength(8)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(stage.proxy.count('/api/echo')).toBe(15)
})

/** Starts a request, lets `until` happen on the wire, aborts, and tells what came of it. */
async function abortWhen(tab: Page, until: () => Promise<void>): Promise<string> {
  await tab.evaluate(() => {
    const controller = new AbortController()
    const outcome = auth.fetch('/api/profile', { signal: controller.signal }).then(
      (response) => String(response.status),
      (error: unknown) => (error instanceof DOMException ? error.name : String(error)),
    )
    Object.assign(globalThis, { controller, outcome })
  })
  await until()
  return tab.evaluate(() => {
    const page = globalThis as unknown as { controller: AbortController; outcome: Promise<string> }
    page.controller.abort()
    return page.outcome
  })
}

test('37: a request that is aborted before it is sent is never sent', async () => {
  const { tab } = await stage.somebody()
  const outcome = await tab.evaluate(() =>
    auth.fetch('/api/profile', { signal: AbortSignal.abort() }).catch((error: unknown) => (error as Error).name),
  )
  expect(outcome).toBe('AbortError')
  expect(stage.proxy.count(PROFILE)).toBe(0)
})

test('37: a request is aborted while the API is slow', async () => {
  const { tab } = await stage.somebody()
  stage.proxy.break(PROFILE, 'hang', 1)
  expect(await abortWhen(tab, () => eventually(() => stage.proxy.count(PROFILE)).toBe(1))).toBe('AbortError')
  expect(stage.proxy.count(REFRESH)).toBe(0)
})

test('37: a request is aborted while it waits for a refresh, which goes on', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  stage.proxy.break(REFRESH, { late: held }, 1)
  expect(await abortWhen(tab, () => eventually(() => stage.proxy.count(REFRESH)).toBe(1))).toBe('AbortError')
  release()
  await eventually(() => tab.evaluate(() => told.events.at(-1))).toBe('refreshed')
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  // Once refused, never repeated; then the one that was asked for afterwards.
  expect(stage.proxy.count(PROFILE)).toBe(2)
})

test('37: requests leave nothing on a signal that outlives them', async () => {
  const { browser, tab } = await stage.somebody()
  const session = await browser.newCDPSession(tab)
  await session.send('Performance.enable')
  const listeners = async (): Promise<number> => {
    for (let n = 0; n < 3; n++) await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'JSEventListeners')?.value ?? NaN
  }
  const ask = () =>
    tab.evaluate(async () => {
      const page = globalThis as unknown as { lasting?: AbortController }
      page.lasting ??= new AbortController()
      const { signal } = page.lasting
      for (let n = 0; n < 100; n++) await (await auth.fetch('/api/profile', { signal })).text()
    })
  await ask()
  const before = await listeners()
  await ask()
  expect((await listeners()) - before).toBeLessThan(50)
  expect(stage.proxy.count(PROFILE)).toBe(200)
})

test('38: a response is the browser’s own', async () => {
  const { tab } = await stage.somebody()
  stage.proxy.break('/api/moved', { status: 302, headers: { location: '/api/profile' } })
  stage.proxy.break('/api/nothing', { status: 204 })
  const seen = await tab.evaluate(async () => {
    const moved = await auth.fetch('api/moved')
    const nothing = await auth.fetch(new URL('/api/nothing', location.href))
    const manual = await auth.fetch('/api/moved', { redirect: 'manual' })
    const head = await auth.fetch('/api/profile', { method: 'HEAD', keepalive: true, cache: 'no-store' })
    const stream = (await auth.fetch('/api/profile')).body
    return {
      moved: [moved.status, moved.redirected, new URL(moved.url).pathname, moved.type],
      nothing: [nothing.status, await nothing.text()],
      manual: [manual.status, manual.type],
      head: head.status,
      stream: stream instanceof ReadableStream,
      bad: await auth.fetch('http://[').catch((error: unknown) => (error as Error).name),
      name: auth.fetch === auth.fetch,
    }
  })
  expect(seen).toEqual({
    moved: [200, true, '/api/profile', 'basic'],
    nothing: [204, ''],
    manual: [0, 'opaqueredirect'],
    head: 200,
    stream: true,
    bad: 'TypeError',
    name: true,
  })
})

test('38: the caller’s own Authorization is left as it is, and its 401 too', async () => {
  const { tab } = await stage.somebody()
  expect(await tab.evaluate(() => call('/api/profile', { headers: { authorization: 'Bearer own' } }))).toBe(401)
  expect(stage.proxy.arrivals.map(({ headers }) => headers.authorization)).toEqual(['Bearer own'])
})

test('39: the body of a 401 that nobody will read is let go', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  const cancelled = await tab.evaluate(async () => {
    let count = 0
    const { cancel } = ReadableStream.prototype
    ReadableStream.prototype.cancel = function (reason) {
      count += 1
      return cancel.call(this, reason)
    }
    await call('/api/profile')
    ReadableStream.prototype.cancel = cancel
    return count
  })
  expect(cancelled).toBe(1)
})

test('40: a page that goes away with requests under way leaves no unhandled rejection', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  stage.proxy.break(REFRESH, { late: 300 }, 1)
  const errors: string[] = []
  tab.on('pageerror', (error) => errors.push(error.message))
  await tab.evaluate(async () => {
    const controllers = Array.from({ length: 10 }, () => new AbortController())
    const outcomes = controllers.map(({ signal }) => auth.fetch('/api/profile', { signal }).catch(() => undefined))
    setTimeout(() => controllers.forEach((controller) => controller.abort()), 100)
    await Promise.all(outcomes)
    auth.dispose()
  })
  await tab.waitForTimeout(700)
  expect(errors).toEqual([])
})
