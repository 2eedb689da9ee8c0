// The client among other things: React, axios, a second copy of itself, listeners that misbehave, a browser that forbids. Numbers are
// those of docs/browsers.md.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually, MINUTE, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

test('47, 50: React in StrictMode costs one refresh, and a renewed token renders nothing', async () => {
  const { browser, email } = await stage.somebody()
  for (const page of browser.pages()) await page.close()
  const tab = await browser.newPage()
  await tab.goto(`${stage.origin}/react`)
  await tab.waitForFunction((text) => document.body.innerText.includes(text), email)
  expect(stage.proxy.count(REFRESH)).toBe(1)

  const [before, state] = await tab.evaluate(() => {
    Object.assign(globalThis, { state: auth.state })
    return [renders, auth.state.status]
  })
  expect(state).toBe('in')
  for (let renewal = 0; renewal < 3; renewal++) await tab.evaluate(() => auth.refresh())
  expect(stage.proxy.count(REFRESH)).toBe(4)
  expect(await tab.evaluate(() => renders)).toBe(before)
  expect(await tab.evaluate(() => auth.state === (globalThis as unknown as { state: unknown }).state)).toBe(true)

  await tab.evaluate(() => auth.logout())
  await tab.waitForFunction(() => document.body.innerText.startsWith('out'))
  await tab.evaluate(() => unmount())
})

test('48: a client that is disposed of leaves no timer, channel or lock behind', async () => {
  const browser = await stage.browser()
  const tab = await browser.newPage()
  await tab.clock.install()
  await tab.goto(stage.origin)
  await tab.evaluate(() => auth.ready)
  await stage.signUp(tab)
  const held = () => tab.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name))
  expect(await held()).toHaveLength(1)
  await tab.evaluate(() => auth.dispose())
  await eventually(held).toEqual([])

  stage.proxy.forget()
  await tab.clock.runFor(60 * MINUTE)
  await tab.evaluate(() => {
    for (const type of ['online', 'pageshow', 'visibilitychange']) dispatchEvent(new Event(type))
  })
  const other = await stage.tab(browser)
  await other.evaluate(() => auth.logout())
  expect(await tab.evaluate(() => told.signedOut)).toEqual([])
  // The other tab's own, and nothing of the one that is gone.
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

test('51: a second client on the same page asks the first', async () => {
  const { tab } = await stage.somebody()
  const user = await tab.evaluate(async () => {
    const second = hallpass.createAuth<{ email: string }>()
    await second.ready
    return second.user?.email
  })
  expect(user).toBe(await tab.evaluate(() => auth.user?.email))
  expect(stage.proxy.count(REFRESH)).toBe(0)
})

test('52: several axios instances share one refresh, and can be let go', async () => {
  const { tab } = await stage.somebody()
  await stage.server.advance(16 * MINUTE)
  const statuses = await tab.evaluate(async () => {
    const clients = [http.create(), http.create({ baseURL: '/api' })] as const
    for (const client of clients) hallpass.attach(client, auth)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        n % 2 ? clients[1].post<{ size: number }>('/echo', { n }) : clients[0].get('/api/profile'),
      ),
    )
    return answers.map(({ status }) => status)
  })
  expect(statuses).toEqual(Array(10).fill(200))
  expect(stage.proxy.count(REFRESH)).toBe(1)

  const rest = await tab.evaluate(async () => {
    const client = http.create()
    const eject = hallpass.attach(client, auth)
    const outcome = (asked: Promise<{ status: number }>) =>
      asked.then(
        ({ status }) => status,
        (error: unknown) =>
          http.isAxiosError(error) ? `axios ${error.response?.status ?? error.code}` : String(error),
      )
    const skipped = await outcome(client.get('/api/profile', { skipAuth: true }))
    const back = await outcome(client.get('/api/profile'))
    const never = await outcome(client.get('/api/never'))
    const aborted = await outcome(client.get('/api/profile', { signal: AbortSignal.abort() }))
    eject()
    return { skipped, back, never, aborted, ejected: await outcome(client.get('/api/profile')) }
  })
  expect(rest).toEqual({
    skipped: 'axios 401',
    back: 200,
    never: 'axios 401',
    aborted: 'axios ERR_CANCELED',
    ejected: 'axios 401',
  })
})

test('52: what axios throws when nobody is signed in says so', async () => {
  const tab = await stage.tab(await stage.browser())
  const error = await tab.evaluate(async () => {
    const client = http.create()
    hallpass.attach(client, auth)
    return client.get('/api/profile').then(
      () => undefined,
      (reason: { code?: string; cause?: { code?: string } }) => reason.code ?? reason.cause?.code,
    )
  })
  expect(error).toBe('signed_out')
  expect(stage.proxy.count(PROFILE)).toBe(0)
})

test('53: a listener that throws, or calls back, holds nothing up', async () => {
  const { browser, tab } = await stage.somebody()
  const other = await stage.tab(browser)
  const errors: string[] = []
  tab.on('pageerror', (error) => errors.push(error.message))
  const seen = await tab.evaluate(async () => {
    const order: string[] = []
    auth.subscribe(() => {
      throw new Error('a listener broke')
    })
    const stop = auth.subscribe((now) => {
      order.push(now.status)
      void auth.refresh()
      void auth.logout()
      void call('/api/profile').then((outcome) => order.push(String(outcome)))
    })
    await auth.logout()
    await auth.logout()
    stop()
    return order
  })
  expect(seen).toEqual(['out', 'AuthError signed_out'])
  await stage.signUp(other)
  await eventually(() => tab.evaluate(() => auth.state.status)).toBe('in')
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(errors.length).toBeGreaterThanOrEqual(2)
  expect(new Set(errors)).toEqual(new Set(['a listener broke']))
})

test('54: where storage is forbidden, everything works but the memory of a sign-out', async () => {
  const browser = await stage.browser()
  await browser.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(globalThis, name, {
        get() {
          throw new DOMException('forbidden', 'SecurityError')
        },
      })
  })
  const tab = await stage.tab(browser)
  const email = await stage.signUp(tab)
  await tab.reload()
  expect(await tab.evaluate(() => auth.ready.then((state) => state.user?.email))).toBe(email)
  await tab.evaluate(() => auth.logout())
  expect(await browser.cookies()).toEqual([])
})

test('a browser that keeps no cookies says so before anything is sent', async () => {
  const browser = await stage.browser()
  await browser.addInitScript(() => Object.defineProperty(Navigator.prototype, 'cookieEnabled', { value: false }))
  const tab = await stage.tab(browser)
  stage.proxy.forget()
  const code = await tab.evaluate(() => auth.login({}).catch((error: unknown) => (error as { code: string }).code))
  expect(code).toBe('cookies_blocked')
  expect(stage.proxy.arrivals).toEqual([])
})

test('a cookie that the browser lost is told apart from a session that ended', async () => {
  const { browser, tab } = await stage.somebody()
  await browser.clearCookies()
  await tab.evaluate(() => auth.refresh())
  expect(await tab.evaluate(() => told.signedOut)).toEqual(['no_session'])
})

test('a refused sign-in carries the server’s problem, and changes nothing', async () => {
  const tab = await stage.tab(await stage.browser())
  const told = await tab.evaluate(() =>
    auth.login({ email: 'nobody@example.com', password: 'not the password' }).catch((error: unknown) => {
      const { name, code, problem, message } = error as InstanceType<typeof hallpass.AuthError>
      return { name, code, problem: problem?.code, message }
    }),
  )
  expect(told).toEqual({
    name: 'AuthError',
    code: 'refused',
    problem: 'invalid_credentials',
    message: 'E-mail or password is wrong',
  })
  expect(await tab.evaluate(() => auth.state.status)).toBe('out')
})
