// Time: clocks that are wrong, jump or sleep, lifetimes that are odd, pages that nobody looks at. Numbers are those of
// docs/browsers.md. Only the page's clock is set by the test; requests are counted at the server.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually, MINUTE, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

const HOUR = 60 * MINUTE
const profile = (tab: Page) => tab.evaluate(() => call('/api/profile'))

/** What the page is to believe about whether somebody looks at it. */
const show = (tab: Page, visible: boolean) =>
  tab.evaluate((seen) => {
    Object.defineProperty(document, 'hidden', { value: !seen, configurable: true })
    Object.defineProperty(document, 'visibilityState', { value: seen ? 'visible' : 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  }, visible)

for (const [what, shift] of Object.entries({
  'an hour fast': HOUR,
  'an hour slow': -HOUR,
  'a day fast': 24 * HOUR,
  'a day slow': -24 * HOUR,
})) {
  test(`21: a clock that is ${what} costs no refresh`, async () => {
    const browser = await stage.browser()
    await browser.addInitScript((by) => {
      const { now } = Date
      Date.now = () => now() + by
    }, shift)
    const tab = await stage.tab(browser)
    await stage.signUp(tab)
    stage.proxy.forget()
    for (let n = 0; n < 5; n++) expect(await profile(tab)).toBe(200)
    expect(stage.proxy.count(PROFILE)).toBe(5)
    expect(stage.proxy.count(REFRESH)).toBe(0)
  })
}

for (const [what, jump] of Object.entries({ forward: HOUR, back: -HOUR })) {
  test(`22: a clock that jumps ${what} costs one refresh at most, and no request`, async () => {
    const { tab } = await stage.somebody()
    await tab.evaluate((by) => {
      const { now } = Date
      Date.now = () => now() + by
    }, jump)
    for (let n = 0; n < 5; n++) expect(await profile(tab)).toBe(200)
    expect(stage.proxy.count(REFRESH)).toBeLessThanOrEqual(1)
    expect(stage.proxy.count(PROFILE)).toBe(5)
  })
}

for (const [what, shift] of Object.entries({ ahead: HOUR, behind: -HOUR })) {
  test(`23: a server whose clock is an hour ${what} costs no refresh`, async () => {
    // Another test may have moved it already.
    const { json } = await stage.server.ask('POST', '/test/clock', { json: { advance: 0 } })
    await stage.server.advance(Math.round(Date.now() - Number(json['now']) + shift))
    const { tab } = await stage.somebody()
    for (let n = 0; n < 5; n++) expect(await profile(tab)).toBe(200)
    expect(stage.proxy.count(REFRESH)).toBe(0)
    await stage.server.advance(Math.max(0, -shift))
  })
}

test('24: after a night’s sleep there is one refresh, and no request is wasted', async () => {
  const { tab } = await stage.somebody()
  await tab.clock.install()
  await show(tab, false)
  await stage.server.advance(8 * HOUR)
  await tab.clock.fastForward(8 * HOUR)
  await show(tab, true)
  expect(await Promise.all([profile(tab), profile(tab), profile(tab)])).toEqual([200, 200, 200])
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(stage.proxy.count(PROFILE)).toBe(3)
})

test('25: a page that nobody looks at asks for nothing, and looks when it is shown again', async () => {
  const { tab } = await stage.somebody()
  await tab.clock.install()
  await show(tab, false)
  await tab.clock.runFor(HOUR)
  expect(stage.proxy.arrivals).toEqual([])
  await show(tab, true)
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
})

test('a page that somebody looks at renews its token by itself', async () => {
  const browser = await stage.browser()
  const page = await browser.newPage()
  await page.clock.install()
  // The page's time runs ahead of the server's answer, which is no reason to give it up.
  await page.goto(`${stage.origin}/?options=${encodeURIComponent(JSON.stringify({ timeout: 10 * MINUTE }))}`)
  await page.evaluate(() => auth.ready)
  await stage.signUp(page)
  stage.proxy.forget()
  await page.clock.runFor(12 * MINUTE)
  expect(stage.proxy.count(REFRESH)).toBe(0)
  for (let step = 0; step < 40 && stage.proxy.count(REFRESH) === 0; step++) await page.clock.runFor(5000)
  await eventually(() => page.evaluate(() => told.events.at(-1))).toBe('refreshed')
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

/** A session answer whose token lives for so many seconds. */
const living = (expiresIn: number) => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ accessToken: 'a.b.c', expiresIn, session: { id: 's' }, user: { id: 'u' } }),
})

test('26: a token of thirty days makes no loop', async () => {
  const browser = await stage.browser()
  const page = await browser.newPage()
  await page.clock.install()
  stage.proxy.break(REFRESH, living(30 * 86_400))
  await page.goto(stage.origin)
  await page.evaluate(() => auth.ready)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  await page.clock.runFor(10_000)
  await page.waitForTimeout(500)
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

for (const seconds of [0, 5]) {
  test(`27: a token of ${seconds} seconds makes no storm: one refresh a second at most`, async () => {
    const browser = await stage.browser()
    const page = await browser.newPage()
    stage.proxy.break(REFRESH, living(seconds))
    await page.goto(stage.origin)
    await page.evaluate(() => auth.ready)
    stage.proxy.forget()
    const elapsed = await page.evaluate(async () => {
      const start = performance.now()
      let calls = 0
      for (; performance.now() - start < 5000; calls++) {
        await call('/api/own-401')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return performance.now() - start
    })
    expect(stage.proxy.count(REFRESH)).toBeLessThanOrEqual(elapsed / 1000 + 1)
    expect(stage.proxy.count(REFRESH)).toBeGreaterThanOrEqual(1)
  })
}

test('28: everything that can wake a page, at once, costs one refresh', async () => {
  const { tab } = await stage.somebody()
  await tab.clock.install()
  await show(tab, false)
  await tab.clock.fastForward(20 * MINUTE)
  await tab.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    for (const type of ['focus', 'online', 'pageshow']) dispatchEvent(new Event(type))
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  })
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
  expect(await profile(tab)).toBe(200)
  expect(stage.proxy.count(REFRESH)).toBe(1)
})
