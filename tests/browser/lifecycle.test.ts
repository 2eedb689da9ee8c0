// What a page goes through besides being loaded: the back/forward cache, and being prepared before it is shown. Numbers are those
// of docs/browsers.md.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { engine, eventually, executablePath, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'
import { skip } from '../support/engine.ts'
import { PASSWORD } from '../support/people.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ launch: { ignoreDefaultArgs: ['--disable-back-forward-cache'] } })
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

/** Firefox keeps no page that has held a lock, also when it lets go on `pagehide`: Back loads it anew. */
const needsPageCache = () => engine !== 'firefox' || skip('back/forward cache for a page that held a lock')

/** Whether the page that Back leads to is the very one that was left. */
const marked = (tab: Page) => tab.evaluate(() => 'mark' in globalThis)
const leave = async (tab: Page): Promise<void> => {
  await tab.evaluate(() => void Object.assign(globalThis, { mark: true }))
  await tab.goto(`${stage.origin}/second`)
  await tab.evaluate(() => auth.ready)
}
const back = async (tab: Page): Promise<void> => {
  await tab.goBack({ waitUntil: 'commit' })
  await tab.waitForFunction(() => 'auth' in globalThis)
}

test('30, 31: a page comes back from the back/forward cache as it was, looks again, and works', async () => {
  needsPageCache()
  const { tab, email } = await stage.somebody()
  await leave(tab)
  stage.proxy.forget()
  await back(tab)
  expect(await marked(tab)).toBe(true)
  expect(await tab.evaluate(() => auth.user?.email)).toBe(email)
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(
    await tab.evaluate(
      () =>
        (performance.getEntriesByType('navigation')[0] as { notRestoredReasons?: unknown }).notRestoredReasons ?? null,
    ),
  ).toBe(null)
})

test('29, 34: after a sign-out, the page that Back leads to is not the one that showed the person', async () => {
  const { tab } = await stage.somebody()
  await leave(tab)
  await tab.evaluate(() => auth.logout())
  await back(tab)
  expect(await marked(tab)).toBe(false)
  expect(await tab.evaluate(() => auth.ready.then((state) => state.status))).toBe('out')
})

test('29: nor after a sign-out in another tab', async () => {
  const { browser, tab } = await stage.somebody()
  const other = await stage.tab(browser)
  await leave(tab)
  await other.evaluate(() => auth.logout())
  await back(tab)
  expect(await marked(tab)).toBe(false)
  expect(await tab.evaluate(() => auth.ready.then((state) => state.status))).toBe('out')
})

test('29: a session that ended while the page lay in the cache is noticed when it is shown', async () => {
  needsPageCache()
  const { tab, email } = await stage.somebody()
  await leave(tab)
  // On another device: nothing tells this browser.
  const elsewhere = await stage.server.ask('POST', '/api/auth/login', { json: { email, password: PASSWORD } })
  const cookie = elsewhere.setCookies[0]?.split(';', 1)[0] ?? ''
  const ended = await stage.server.ask('POST', '/api/auth/logout', {
    headers: [['Cookie', cookie]],
    json: { everywhere: true },
  })
  expect(ended.status).toBe(204)
  await back(tab)
  expect(await marked(tab)).toBe(true)
  await eventually(() => tab.evaluate(() => auth.state.status)).toBe('out')
  expect(stage.proxy.count(PROFILE)).toBe(0)
})

test('16: a page in the back/forward cache does not hold the lock against the others', async () => {
  const { browser, tab } = await stage.somebody()
  const other = await stage.tab(browser)
  stage.proxy.break(REFRESH, { slow: 2000 }, 1)
  await tab.evaluate(() => void auth.refresh())
  await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
  await tab.goto(`${stage.origin}/blank`)
  await other.evaluate(() => auth.refresh())
  expect(await other.evaluate(() => auth.state.status)).toBe('in')
  expect(stage.proxy.count(REFRESH)).toBe(2)
})

test('32: a page that is only prepared asks for nothing until it is shown', async () => {
  if (engine !== 'chromium') skip('prerendering')
  // Not through the debugging protocol, which keeps Chromium from running what it prepares.
  const profile = mkdtempSync(join(tmpdir(), 'hallpass-prerender-'))
  const { promise: shown, resolve: show } = Promise.withResolvers<void>()
  stage.proxy.break('/api/show', { late: shown })
  const chromium = spawn(
    executablePath,
    [
      '--headless=new',
      '--no-sandbox',
      '--no-first-run',
      `--user-data-dir=${profile}`,
      `${stage.origin}/before-prerender`,
    ],
    { stdio: 'ignore' },
  )
  try {
    await eventually(() => stage.proxy.count('/app.js')).toBe(1)
    const prepared = stage.proxy.arrivals.find(({ path }) => path === '/prerendered')
    expect(prepared?.headers['sec-purpose']).toContain('prerender')
    // The script is there; what it would do, it would have done.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(stage.proxy.count(REFRESH)).toBe(0)
    show()
    await eventually(() => stage.proxy.count(REFRESH)).toBe(1)
    const refresh = stage.proxy.arrivals.find(({ path }) => path === REFRESH)
    expect(refresh?.headers['sec-purpose']).toBeUndefined()
    // It was the prepared page that was shown, not a new one.
    expect(stage.proxy.count('/prerendered')).toBe(1)
  } finally {
    chromium.kill()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
})
