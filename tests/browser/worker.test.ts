// A client whose token is in a worker does all that one in a page does. Numbers are those of docs/browsers.md.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually, LOGOUT, MINUTE, PROFILE, REFRESH } from '../support/browser.ts'
import { openWorkerSite, type WorkerSite } from '../support/worker-site.ts'

let site: WorkerSite
beforeAll(async () => {
  site = await openWorkerSite()
})
afterEach(() => site.tidy())
afterAll(() => site.close())

test('44: in a worker, the life of a session is what it is in a page', async () => {
  const { browser, tab, email } = await site.somebody()
  expect(await tab.evaluate(() => [auth.user?.email, auth.state.status])).toEqual([email, 'in'])
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)

  // Fifty refused at once cost one refresh, whatever they carry.
  site.server.advance(16 * MINUTE)
  site.proxy.forget()
  const statuses = await tab.evaluate(() => {
    const form = new FormData()
    form.set('file', new File(['x'.repeat(5000)], 'x.txt', { type: 'text/plain' }))
    return Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        call('/api/profile', n % 2 ? {} : { method: 'POST', body: n % 4 ? 'text' : form }),
      ),
    )
  })
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(site.proxy.count(REFRESH)).toBe(1)
  expect(await tab.evaluate(() => told.events)).toContain('refreshed')
  expect(await tab.evaluate(() => told.states.length)).toBe(2)

  await tab.reload()
  expect(await tab.evaluate(() => auth.ready.then(({ user }) => user?.email))).toBe(email)
  const other = await site.tab(browser)
  expect(await other.evaluate(() => auth.user?.email)).toBe(email)
  site.proxy.forget()
  const left = await tab.evaluate(async () => {
    const leaving = auth.logout()
    const { status } = auth.state
    await leaving
    return [status, auth.state.status, await call('/api/profile')]
  })
  expect(left).toEqual(['out', 'out', 'AuthError signed_out'])
  await eventually(() => other.evaluate(() => told.signedOut)).toEqual(['other_tab'])
  expect(await tab.evaluate(() => told.signedOut)).toEqual(['logout'])
  expect(site.proxy.count(LOGOUT)).toBe(1)
  expect(await browser.cookies()).toEqual([])
})

test('44: a response is the original’s, also while it streams; an abort reaches it at every moment', async () => {
  const { tab } = await site.somebody()
  const seen = await tab.evaluate(async () => {
    const response = await auth.fetch('/api/stream')
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const first = new TextDecoder().decode((await reader.read()).value)
    await reader.cancel()

    const stop = new AbortController()
    const streaming = await auth.fetch('/api/stream', { signal: stop.signal })
    const rest = streaming.text().catch((error: unknown) => (error as DOMException).name)
    stop.abort()
    const early = await auth
      .fetch('/api/profile', { signal: AbortSignal.abort() })
      .catch((error: unknown) => (error as DOMException).name)
    const { status, url, redirected, type } = response
    return { first, rest: await rest, early, status, url: new URL(url).pathname, redirected, type }
  })
  expect(seen).toEqual({
    first: 'first',
    // What consumes a stream that was handed over says no more than that it ended.
    rest: 'TypeError',
    early: 'AbortError',
    status: 200,
    url: '/api/stream',
    redirected: false,
    type: 'basic',
  })
  expect(site.proxy.count(PROFILE)).toBe(0)

  // Before there is an answer: the page stops waiting, and the request itself ends.
  site.proxy.break(PROFILE, 'hang', 1)
  const name = await tab.evaluate(() => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    return auth.fetch('/api/profile', { signal: stop.signal }).catch((error: unknown) => (error as DOMException).name)
  })
  expect(name).toBe('AbortError')
})

test('44: axios sends through the worker; what is no business of the worker’s goes from the page, by its policy', async () => {
  const { tab } = await site.somebody()
  site.server.advance(16 * MINUTE)
  const answer = await tab.evaluate(async () => {
    const client = http.create({ baseURL: '/api' })
    hallpass.attach(client, auth)
    const { data } = await client.post<{ sent: string }>('/echo', { n: 1 })
    return data.sent
  })
  expect(answer).toBe('{"n":1}')
  expect(site.proxy.count(REFRESH)).toBe(1)
  site.foreign.forget()
  expect(await tab.evaluate((to) => call(to), `${site.foreign.origin}/x`)).toContain('TypeError')
  expect(site.foreign.arrivals).toEqual([])
})

test('44: where the worker may not start, everything says so and nothing waits', async () => {
  const tab = await site.tab(await site.browser(), { path: '/forbidden-worker' })
  const came = await tab.evaluate(async () => [
    auth.state.status,
    await call('/api/profile'),
    await auth.login({}).catch((error: unknown) => (error as { code: string }).code),
  ])
  expect(came).toEqual(['loading', 'AuthError unavailable', 'unavailable'])
})

test('44: a sign-out that could not be sent is carried out at the next start; a refresh that a navigation overtook costs nothing', async () => {
  const { browser, tab, email } = await site.somebody()
  site.proxy.break(REFRESH, { slow: 500 }, 1)
  await tab.evaluate(() => void auth.refresh())
  await eventually(() => site.proxy.count(REFRESH)).toBe(1)
  await tab.goto(site.origin)
  expect(await tab.evaluate(() => auth.ready.then(({ user }) => user?.email))).toBe(email)

  const mend = site.proxy.break(LOGOUT, 'refuse')
  await tab.evaluate(() => auth.logout())
  expect(await browser.cookies()).toHaveLength(1)
  mend()
  site.proxy.forget()
  const next = await site.tab(browser)
  expect(await next.evaluate(() => auth.state.status)).toBe('out')
  expect([site.proxy.count(LOGOUT), site.proxy.count(REFRESH)]).toEqual([1, 0])
  expect(await browser.cookies()).toEqual([])
})
