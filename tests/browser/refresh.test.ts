// The refresh itself: as few as can be, never lost, and a sign-out only when the server itself says so. Numbers are those of the
// list of behaviours in docs/browsers.md; what was sent is counted at the server.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { engine, eventually, MINUTE, openStage, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

const PROBLEM = { 'content-type': 'application/problem+json' }
const status = (tab: Page) => tab.evaluate(() => auth.state.status)

test('1: fifty parallel 401s cost one refresh, and every request succeeds', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  const statuses = await tab.evaluate(() => Promise.all(Array.from({ length: 50 }, () => call('/api/profile'))))
  expect(statuses).toEqual(Array(50).fill(200))
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(stage.proxy.count('/api/profile')).toBe(100)
})

test('1: the same with a mixture of methods and bodies', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  const statuses = await tab.evaluate(() => {
    const form = new FormData()
    form.set('file', new File(['abc'], 'a.txt'))
    const inits: RequestInit[] = [
      {},
      { method: 'POST', body: '{}' },
      { method: 'PUT', body: form },
      { method: 'POST', body: new Blob(['x']) },
    ]
    return Promise.all(Array.from({ length: 50 }, (_, i) => call('/api/echo', inits[i % 4])))
  })
  expect(statuses).toEqual(Array(50).fill(200))
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

test('2: late 401s of an old token do not refresh again', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  for (const nth of [1, 2, 3, 4, 5]) stage.proxy.break('/api/profile', { late: nth * 150 }, 1)
  const statuses = await tab.evaluate(() => Promise.all(Array.from({ length: 5 }, () => call('/api/profile'))))
  expect(statuses).toEqual(Array(5).fill(200))
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

test('3: an API that always says 401 costs one refresh and two requests, and signs nobody out', async () => {
  const { tab } = await stage.somebody()
  expect(await tab.evaluate(() => call('/api/never'))).toBe(401)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(stage.proxy.count('/api/never')).toBe(2)
  for (let again = 0; again < 5; again++) expect(await tab.evaluate(() => call('/api/never'))).toBe(401)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(await status(tab)).toBe('in')
})

test('3: a 403, and a 401 that is not about our token, cost no refresh', async () => {
  const { tab } = await stage.somebody()
  expect(await tab.evaluate(() => call('/api/scope'))).toBe(403)
  expect(await tab.evaluate(() => call('/api/own-401'))).toBe(401)
  expect(stage.proxy.count('/api/own-401')).toBe(1)
  expect(stage.proxy.count(REFRESH)).toBe(0)
})

test('4: a token that is about to expire is renewed, and if that fails the request still goes out', async () => {
  const { tab } = await stage.somebody({ margin: 3600 * 24 })
  // Life is fifteen minutes, so with this margin it is due after three quarters of them.
  await tab.clock.install()
  await tab.clock.fastForward(12 * MINUTE)
  stage.proxy.break(REFRESH, { status: 503 })
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(stage.proxy.count('/api/profile')).toBe(1)
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
})

test('5: when the session has ended, there is one refresh, one word of it, and everybody gets an answer', async () => {
  const { tab } = await stage.somebody()
  await endSession(tab)
  stage.proxy.forget()
  for (let late = 0; late < 20; late++) stage.proxy.break('/api/profile', { late: late * 20 }, 1)
  const statuses = await tab.evaluate(() => Promise.all(Array.from({ length: 20 }, () => call('/api/profile'))))
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(await tab.evaluate(() => told.signedOut)).toEqual(['session_ended'])
  expect(await tab.evaluate(() => call('/api/profile'))).toBe('AuthError signed_out')
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

const passing = {
  'an HTML 401': { status: 401, body: '<h1>Log in to the Wi-Fi</h1>' },
  'an HTML 403': { status: 403, body: '<h1>Blocked</h1>' },
  'a JSON 401 that is no problem document': {
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: '{"code":"session_ended"}',
  },
  'an HTML 200': { status: 200, body: '<h1>Welcome to the hotel</h1>' },
  'a redirect': { status: 302, headers: { location: '/' } },
  'a 408': { status: 408 },
  'a 425': { status: 425 },
  'a 429': { status: 429, headers: { ...PROBLEM, 'retry-after': '2' }, body: '{"code":"throttled"}' },
  'a 500': { status: 500, headers: PROBLEM, body: '{"code":"internal"}' },
  'a 503': { status: 503, headers: { ...PROBLEM, 'retry-after': '1' }, body: '{"code":"unavailable"}' },
  'no connection': 'refuse',
} as const

for (const [what, fault] of Object.entries(passing)) {
  test(`6, 7: ${what} instead of a refresh signs nobody out`, async () => {
    const { tab } = await stage.somebody()
    await stage.server.advance(16 * MINUTE)
    stage.proxy.break(REFRESH, fault)
    expect(await tab.evaluate(() => call('/api/profile'))).toBe(401)
    expect(await tab.evaluate(() => auth.state)).toMatchObject({ status: 'in', degraded: true })
    expect(await tab.evaluate(() => told.events.at(-1))).toBe('unavailable')

    stage.proxy.mend()
    await tab.evaluate(() => dispatchEvent(new Event('online')))
    expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
    expect(await tab.evaluate(() => auth.state)).toMatchObject({ status: 'in', degraded: false })
  })
}

test('7: a server that is down for five seconds of polling is asked at most four times', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  stage.proxy.break(REFRESH, { status: 503, headers: { 'retry-after': '1' } })
  await tab.evaluate(async () => {
    for (let n = 0; n < 50; n++) {
      await call('/api/profile')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })
  expect(stage.proxy.count(REFRESH)).toBeLessThanOrEqual(4)
  expect(stage.proxy.count(REFRESH)).toBeGreaterThanOrEqual(2)
  expect(await status(tab)).toBe('in')
})

test('7: a pause the server asks for is kept', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  stage.proxy.break(REFRESH, {
    status: 429,
    headers: { ...PROBLEM, 'retry-after': '600' },
    body: '{"code":"throttled"}',
  })
  await tab.evaluate(() => call('/api/profile'))
  await tab.clock.install()
  await tab.clock.fastForward(9 * MINUTE)
  await tab.evaluate(() => call('/api/profile'))
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

test('8: a refresh that hangs holds nobody up for long, is not aborted, and lets go of the lock', async () => {
  const { browser, tab } = await stage.somebody()
  stage.proxy.break(REFRESH, 'hang', 1)
  const failed: string[] = []
  tab.on('requestfailed', (request) => failed.push(request.url()))
  await tab.goto(`${stage.origin}/?options=${encodeURIComponent('{"timeout":1000}')}`)
  expect(await tab.evaluate(() => call('/api/profile'))).toBe('AuthError unavailable')
  expect(await tab.evaluate(() => auth.state)).toMatchObject({ status: 'loading', degraded: true })

  const other = await stage.tab(browser)
  expect(await status(other)).toBe('in')
  // The other tab handed its token over.
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(failed).toEqual([])
})

for (const cut of ['before headers', 'after headers'] as const) {
  test(`9: an answer that was cut ${cut} costs nobody the session`, async () => {
    const { tab, email } = await stage.somebody()
    await stage.server.advance(16 * MINUTE)
    stage.proxy.break(REFRESH, { cut }, 2)
    await tab.evaluate(() => call('/api/profile'))
    stage.proxy.mend()
    await tab.reload()
    expect(await tab.evaluate(() => auth.ready.then((state) => state.user?.email))).toBe(email)
    await stage.server.advance(16 * MINUTE)
    expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
    expect(await status(tab)).toBe('in')
  })
}

const departures = {
  'a navigation': async (tab: Page) => void (await tab.goto(`${stage.origin}/blank`, { waitUntil: 'commit' })),
  'a reload': async (tab: Page) => void (await tab.reload({ waitUntil: 'commit' })),
  'closing the tab': (tab: Page) => tab.close(),
  'a crash': async (tab: Page) => {
    const session = await tab.context().newCDPSession(tab)
    void session.send('Page.crash').catch(() => undefined)
    await tab.waitForEvent('crash')
  },
}

for (const [what, depart] of Object.entries(departures)) {
  test(`9: a refresh whose answer is overtaken by ${what} keeps the person signed in`, async () => {
    const { browser, tab, email } = await stage.somebody()
    const [before] = await browser.cookies()
    await stage.server.advance(16 * MINUTE)
    const { promise: gone, resolve: go } = Promise.withResolvers<void>()
    stage.proxy.break(REFRESH, { slow: gone }, 1)
    await tab.evaluate(() => void auth.refresh())
    await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
    await depart(tab)
    // Only now does the answer leave the server.
    go()
    // Firefox lets a request of a page that has gone be cut off, `keepalive` or not; then it is the server that knows what a lost answer is.
    if (engine !== 'firefox') {
      await eventually(() => stage.proxy.arrivals.find(({ path }) => path === REFRESH)?.status).toBe(200)
      // The rotated cookie arrived although nobody was there to read the answer.
      await eventually(async () => (await browser.cookies())[0]?.value).not.toBe(before?.value)
    }

    await stage.server.advance(16 * MINUTE)
    const next = await stage.tab(browser)
    expect(await next.evaluate(() => auth.user?.email)).toBe(email)
    expect(await next.evaluate(() => call('/api/profile'))).toBe(200)
  })
}

test('10: the loser of a race takes up the winner’s token and signs nobody out', async () => {
  const { browser, tab } = await stage.somebody()
  const other = await stage.tab(browser, { timeout: 500 })
  const { promise: won, resolve: win } = Promise.withResolvers<void>()
  stage.proxy.break(REFRESH, { status: 401, late: won, headers: PROBLEM, body: '{"code":"session_ended"}' }, 1)
  await tab.evaluate(() => void auth.refresh())
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
  // The other tab gets tired of waiting for the lock, and hands over what it got.
  await other.evaluate(() => auth.refresh())
  await eventually(() => tab.evaluate(() => told.events.at(-1))).toBe('handed_over')
  win()
  await eventually(() => stage.proxy.arrivals.some((arrival) => arrival.status === 401)).toBe(true)
  await tab.evaluate(() => auth.refresh())
  expect(await status(tab)).toBe('in')
  expect(await status(other)).toBe('in')
  expect(await tab.evaluate(() => told.signedOut)).toEqual([])
})

/** Ends the session of this tab as the list of devices would. */
async function endSession(tab: Page): Promise<void> {
  const ended = await tab.evaluate(async () => {
    const list = (await (await auth.fetch('/api/auth/sessions')).json()) as {
      sessions: { id: string; current: boolean }[]
    }
    const current = list.sessions.find((session) => session.current)
    return call(`/api/auth/sessions/${current?.id}`, { method: 'DELETE' })
  })
  expect(ended).toBe(204)
}
