// Many tabs of one browser act as one: one refresh among them, one person in all of them. Numbers are those of docs/browsers.md.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually, LOGOUT, MINUTE, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'
import { newEmail, PASSWORD } from '../support/people.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

const status = (tab: Page) => tab.evaluate(() => auth.state.status)
const profile = (tab: Page) => tab.evaluate(() => call('/api/profile'))

test('12: ten tabs that wake with a dead token cost one refresh among them, again and again', async () => {
  const { browser, tab } = await stage.somebody()
  const tabs = [tab]
  while (tabs.length < 10) tabs.push(await stage.tab(browser))
  for (let round = 0; round < 4; round++) {
    // An API that refuses a new token at once is not believed a second time: see number 3.
    await tab.waitForTimeout(3100)
    await stage.server.advance(16 * MINUTE)
    stage.proxy.forget()
    expect(await Promise.all(tabs.map(profile))).toEqual(Array(10).fill(200))
    expect(stage.proxy.count(REFRESH)).toBe(1)
  }
  expect(stage.told().filter(({ outcome }) => outcome === 'reused')).toEqual([])
})

test('13: a new tab asks another one, and the server not at all', async () => {
  const { browser, tab, email } = await stage.somebody()
  // A tab listens for a quarter of a second; on a machine that is too busy for an answer it asks the server after all.
  for (let attempt = 0; attempt < 6; attempt++) {
    stage.proxy.forget()
    const next = await stage.tab(browser)
    expect(await next.evaluate(() => auth.user?.email)).toBe(email)
    expect(await profile(next)).toBe(200)
    if (stage.proxy.count(REFRESH) > 0) continue
    expect(await next.evaluate(() => told.events)).toEqual(['handed_over'])
    expect(await status(tab)).toBe('in')
    return
  }
  expect.fail('no tab was handed a token without a refresh')
})

test('13: with `share` off no token leaves a tab, and everything else works', async () => {
  const { browser, tab, email } = await stage.somebody({ share: false })
  await tab.evaluate(() => {
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    const channel = new BroadcastChannel(`hallpass ${location.origin}/api/auth/`)
    channel.addEventListener('message', ({ data }) => heard.push(JSON.stringify(data)))
  })
  const next = await stage.tab(browser, { share: false })
  expect(await next.evaluate(() => auth.user?.email)).toBe(email)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  const other = await stage.signUp(next)
  await eventually(() => tab.evaluate(() => auth.user?.email)).toBe(other)
  const heard = await tab.evaluate(() => (globalThis as unknown as { heard: string[] }).heard.join())
  expect(heard).toContain('in')
  expect(heard).not.toContain('eyJ')
})

for (const way of ['crash', 'close'] as const) {
  test(`14: when the tab that refreshes goes (${way}), another one goes on`, async () => {
    const { browser, tab } = await stage.somebody()
    const other = await stage.tab(browser)
    stage.proxy.forget()
    await stage.server.advance(16 * MINUTE)
    stage.proxy.break(REFRESH, 'hang', 1)
    await tab.evaluate(() => void auth.refresh())
    await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
    if (way === 'close') await tab.close()
    else {
      const session = await browser.newCDPSession(tab)
      void session.send('Page.crash').catch(() => undefined)
      await tab.waitForEvent('crash')
    }
    expect(await profile(other)).toBe(200)
    expect(stage.proxy.count(REFRESH)).toBe(2)
  })
}

test('15: a tab that was frozen while it refreshed holds the others up for a while, not for good', async () => {
  const { browser, tab } = await stage.somebody()
  const other = await stage.tab(browser)
  stage.proxy.forget()
  await stage.server.advance(16 * MINUTE)
  stage.proxy.break(REFRESH, 'hang', 1)
  await tab.evaluate(() => void auth.refresh())
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
  const session = await browser.newCDPSession(tab)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  expect(await profile(other)).toBe(200)
  expect(stage.proxy.count(REFRESH)).toBe(2)
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  expect(await profile(tab)).toBe(200)
})

const missing = {
  'no locks': () => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }),
  'no channel': () => Reflect.deleteProperty(globalThis, 'BroadcastChannel'),
  'neither locks nor a channel': () => {
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })
    Reflect.deleteProperty(globalThis, 'BroadcastChannel')
  },
}
for (const [what, remove] of Object.entries(missing)) {
  test(`17: with ${what} every tab is right all the same, at one refresh each`, async () => {
    const browser = await stage.browser()
    await browser.addInitScript(remove)
    const tabs = [await stage.tab(browser), await stage.tab(browser), await stage.tab(browser)] as const
    const email = await stage.signUp(tabs[0])
    await Promise.all([tabs[1].reload(), tabs[2].reload()])
    for (const tab of tabs) expect(await tab.evaluate(() => auth.ready.then(() => auth.user?.email))).toBe(email)

    await stage.server.advance(16 * MINUTE)
    stage.proxy.forget()
    expect(await Promise.all(tabs.map(profile))).toEqual([200, 200, 200])
    expect(stage.proxy.count(REFRESH)).toBeLessThanOrEqual(3)

    await tabs[0].evaluate(() => auth.logout())
    await tabs[1].waitForTimeout(3100)
    // Where nothing tells them, the first request does.
    for (const tab of tabs.slice(1)) {
      await profile(tab)
      expect(await status(tab)).toBe('out')
    }
  })
}

test('19: when somebody else signs in, every tab is theirs, and no request of the one goes out in the name of the other', async () => {
  const { browser, tab, email } = await stage.somebody()
  const other = await stage.tab(browser)
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  stage.proxy.break(PROFILE, { late: held }, 1)
  const asked = tab.evaluate(() => auth.fetch('/api/profile').then((response) => response.status))
  await eventually(() => stage.proxy.count(PROFILE)).toBe(1)

  const next = await stage.signUp(other)
  expect(next).not.toBe(email)
  await eventually(() => tab.evaluate(() => auth.user?.email)).toBe(next)
  release()
  // The session it was asked in is over; it is not repeated in the new one.
  expect(await asked).toBe(401)
  expect(stage.proxy.count(PROFILE)).toBe(1)
  expect(await profile(tab)).toBe(200)
  expect(await tab.evaluate(() => told.signedOut)).toEqual([])
})

test('19: a tab that nobody told of the other person finds out at its refresh, and starts over', async () => {
  const { browser, tab, email } = await stage.somebody()
  const stranger = newEmail('grace')
  // Not our client: a form of the application's own, say.
  const blank = await browser.newPage()
  await blank.goto(`${stage.origin}/blank`)
  const signedUp = await blank.evaluate(
    (person) =>
      fetch('/api/auth/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(person),
      }).then((response) => response.status),
    { email: stranger, password: PASSWORD },
  )
  expect(signedUp).toBe(201)
  expect(await tab.evaluate(() => auth.user?.email)).toBe(email)

  const before = stage.proxy.count(PROFILE)
  // The old session ended when the new one began: what was asked in it is refused, and not repeated as somebody else.
  expect(await profile(tab)).toBe(401)
  expect(await tab.evaluate(() => auth.user?.email)).toBe(stranger)
  expect(stage.proxy.count(PROFILE)).toBe(before + 1)
  expect(stage.proxy.arrivals.filter(({ path }) => path === REFRESH).map((arrival) => arrival.status)).toEqual([
    409, 200,
  ])
  expect(await profile(tab)).toBe(200)
})

test('20: words that are none of ours, or of no session, change nothing', async () => {
  const { browser, tab, email } = await stage.somebody()
  const stray = await browser.newPage()
  await stray.goto(`${stage.origin}/blank`)
  await stray.evaluate(() => {
    const channel = new BroadcastChannel(`hallpass ${location.origin}/api/auth/`)
    const now = Date.now()
    const pass = { sid: 'x', token: 'stolen', user: { id: 'x' }, who: '{}', life: 1e6, born: now + 1e6 }
    const words: unknown[] = [
      null,
      undefined,
      0,
      'other_tab',
      {},
      [],
      ['other_tab'],
      ['other_tab', null],
      ['other_tab', 'another session'],
      ['session_ended', 'another session'],
      ['pass', 'another session', pass],
      ['pass', undefined, pass],
      ['in'],
      ['in', undefined, pass],
      ['in', 'another session', { ...pass, life: 'long' }],
      ['in', 'another session', { ...pass, born: now - 2e6 }],
      ['nonsense', 'another session', pass],
      { kind: 'out' },
      new Map(),
      ['ask', ''],
    ]
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    for (const word of words) channel.postMessage(word)
  })
  const errors: string[] = []
  tab.on('pageerror', (error) => errors.push(error.message))
  expect(await tab.evaluate(() => auth.user?.email)).toBe(email)
  expect(await profile(tab)).toBe(200)
  expect(errors).toEqual([])
  expect(stage.proxy.count(REFRESH) + stage.proxy.count(LOGOUT)).toBe(0)
})
