// RT-12 in a real Chromium: one session goes through everything that happens to an honest browser, one thing after the other. What the
// server then knows of it is one lineage, and no word of theft.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, MINUTE, openStage, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ launch: { ignoreDefaultArgs: ['--disable-back-forward-cache'] } })
})
afterAll(async () => {
  await stage.tidy()
  await stage.close()
})

const profile = (tab: Page) => tab.evaluate(() => call('/api/profile'))
const refreshes = () => stage.told().filter(({ msg }) => msg === 'refresh')

test('RT-12 tabs, the back button, a jammed line, no network, a night and a wrong clock: still signed in, and no fork', async () => {
  const { browser, tab: first, email } = await stage.somebody()
  const later = () => stage.server.advance(16 * MINUTE)
  const everybodyIsIn = async (tabs: readonly Page[]) => {
    for (const tab of tabs) {
      // Here a quarter of an hour may be over within three seconds, in which the client does not doubt a second token: a 401 is
      // then the API's own, and the application sees it once.
      await eventually(() => profile(tab)).toBe(200)
      expect(await tab.evaluate(() => auth.user?.email)).toBe(email)
    }
  }

  // Several tabs whose tokens are all dead ask at once.
  const tabs = [first, await stage.tab(browser), await stage.tab(browser)]
  await later()
  expect(await Promise.all(tabs.map(profile))).toEqual([200, 200, 200])

  // A page is left, and comes back out of the cache as it was.
  await first.goto(`${stage.origin}/second`)
  await later()
  await first.goBack({ waitUntil: 'commit' })
  await first.waitForFunction(() => 'auth' in globalThis)
  await everybodyIsIn(tabs)

  // Every answer to a refresh is lost, across a reload; when one gets through, the rotation is long ago.
  await later()
  const mend = stage.proxy.break(REFRESH, { cut: 'before headers' })
  await first.evaluate(() => call('/api/profile').catch(() => 0))
  await first.reload()
  await first.evaluate(() => call('/api/profile').catch(() => 0))
  await stage.server.advance(2 * MINUTE)
  mend()
  await eventually(() => profile(first)).toBe(200)

  // No network for a night.
  await browser.setOffline(true)
  await stage.server.advance(8 * 60 * MINUTE)
  await first.evaluate(() => call('/api/profile').catch(() => 0))
  await browser.setOffline(false)
  await eventually(() => profile(first)).toBe(200)

  // The clock of the machine is set, there and back.
  for (const by of [60 * MINUTE, -120 * MINUTE]) {
    await first.evaluate((shift) => {
      const { now } = Date
      Date.now = () => now() + shift
    }, by)
    await everybodyIsIn([first])
  }
  await everybodyIsIn(tabs)

  // The server's side of it: one session, which lives, and nothing that it took for theft.
  await eventually(() => refreshes().map(({ outcome }) => outcome)).toEqual(
    expect.arrayContaining(['rotated', 'recovered']),
  )
  expect(new Set(refreshes().map(({ sessionId }) => sessionId)).size).toBe(1)
  expect(refreshes().filter(({ outcome }) => outcome === 'reused' || outcome === 'ended')).toEqual([])
  expect(stage.told().filter(({ msg }) => msg === 'session started').length).toBe(1)
  expect(stage.told().filter(({ msg }) => msg === 'session ended')).toEqual([])
})
