// `hallpass serve` itself, a process of its own, with a real Chromium in front: the life of a session, counted by what the program says
// of it in its log. Only the page is the test's; sign-in, refresh, sign-out and /api/profile are the program's.
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  bundle,
  createVisitors,
  eventually,
  executablePath,
  launchChromium,
  LOGOUT,
  MINUTE,
  PROFILE,
  REFRESH,
} from '../support/browser.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { startProgram, type Program } from '../support/program.ts'

let proxy: FaultProxy
let program: Program
let browser: Browser
let visitors: ReturnType<typeof createVisitors>

beforeAll(async () => {
  const script = await bundle()
  proxy = await startFaultProxy((path) =>
    path.startsWith('/api/') ? `http://127.0.0.1:${program.port}` : page(script),
  )
  program = await startProgram({
    testClock: true,
    env: { HALLPASS_ISSUER: proxy.origin, HALLPASS_TRUSTED_PROXY_HOPS: '1' },
  })
  browser = await launchChromium()
  visitors = createVisitors(proxy, browser)
})
afterEach(() => visitors.tidy())
afterAll(async () => {
  await browser.close()
  await proxy.close()
  await program.close()
})

const page = (script: string) => (request: IncomingMessage, response: ServerResponse) => {
  const [type, body] =
    request.url === '/app.js'
      ? ['text/javascript', script]
      : [
          'text/html',
          '<!doctype html><title>Test</title><script type="module" src="/app.js"></script><main>Hello</main>',
        ]
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}

/** What the program has said of refreshes since `from` characters of its log. */
const outcomes = (from: number) =>
  Array.from(
    program
      .output()
      .slice(from)
      .matchAll(/"outcome":"(\w+)"/g),
    ([, outcome = '']) => outcome,
  )

test('somebody signs up, and is still signed in after a reload', async () => {
  const { tab, email } = await visitors.somebody()
  const from = program.output().length
  await tab.reload()
  expect(await tab.evaluate(() => auth.ready.then(({ user }) => user?.email))).toBe(email)
  expect(await tab.evaluate((path) => call(path), PROFILE)).toBe(200)
  await eventually(() => outcomes(from)).toEqual(['repeated'])
})

test('ten tabs that open at once cost one refresh', async () => {
  const { browser, tab, email } = await visitors.somebody()
  await tab.close()
  await program.advance(16 * MINUTE)
  const from = program.output().length
  const pages = await Promise.all(Array.from({ length: 10 }, () => browser.newPage()))
  await Promise.all(pages.map((one) => one.goto(proxy.origin)))
  const people = await Promise.all(pages.map((one) => one.evaluate(() => auth.ready.then(({ user }) => user?.email))))
  expect(people).toEqual(Array(10).fill(email))
  expect(await Promise.all(pages.map((one) => one.evaluate((path) => call(path), PROFILE)))).toEqual(
    Array(10).fill(200),
  )
  await eventually(() => outcomes(from)).toEqual(['rotated'])
})

test('a browser that was closed and opened again is still signed in', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'hallpass-profile-'))
  const start = () => chromium.launchPersistentContext(profile, { executablePath, chromiumSandbox: false })
  try {
    const first = await start()
    const email = await visitors.signUp(await visitors.tab(first))
    await first.close()
    const second = await start()
    expect(await (await visitors.tab(second)).evaluate(() => auth.user?.email)).toBe(email)
    await second.close()
  } finally {
    rmSync(profile, { recursive: true, force: true })
  }
})

test('a sign-out in one tab is seen in the others, and Back shows nobody', async () => {
  const { browser, tab } = await visitors.somebody()
  const others = [await visitors.tab(browser), await visitors.tab(browser)]
  const from = program.output().length
  await tab.evaluate(() => auth.logout())
  for (const other of others) {
    await other.waitForFunction(() => auth.state.status === 'out')
    expect(await other.evaluate((path) => call(path), PROFILE)).toBe('AuthError signed_out')
  }
  expect(await browser.cookies()).toEqual([])
  await eventually(
    () =>
      program
        .output()
        .slice(from)
        .match(/"reason":"logout"/g)?.length,
  ).toBe(1)

  await tab.goto(`${proxy.origin}/second`)
  await tab.goBack()
  expect(await tab.evaluate(() => auth.ready.then(({ status }) => status))).toBe('out')
})

test('fifty parallel 401s cost one refresh, and every request succeeds', async () => {
  const { tab } = await visitors.somebody()
  await program.advance(16 * MINUTE)
  const from = program.output().length
  const statuses = await tab.evaluate((path) => Promise.all(Array.from({ length: 50 }, () => call(path))), PROFILE)
  expect(statuses).toEqual(Array(50).fill(200))
  expect(proxy.count(PROFILE)).toBe(100)
  await eventually(() => outcomes(from)).toEqual(['rotated'])
})

test('a refresh whose answer is overtaken by a navigation keeps the person signed in', async () => {
  const { browser, tab, email } = await visitors.somebody()
  const [before] = await browser.cookies()
  await program.advance(16 * MINUTE)
  proxy.break(REFRESH, { slow: 600 }, 1)
  await tab.evaluate(() => void auth.refresh())
  await eventually(() => proxy.count(REFRESH)).toBe(1)
  await tab.goto('about:blank')
  await eventually(async () => (await browser.cookies())[0]?.value).not.toBe(before?.value)
  await program.advance(16 * MINUTE)
  const from = program.output().length
  const next = await visitors.tab(browser)
  expect(await next.evaluate(() => auth.user?.email)).toBe(email)
  await eventually(() => outcomes(from)).toEqual(['rotated'])
})

test('a refresh that comes back after the sign-out revives nothing', async () => {
  const { browser, tab } = await visitors.somebody()
  proxy.break(REFRESH, { slow: 1000 }, 1)
  await tab.evaluate(() => void auth.refresh())
  await eventually(() => proxy.count(REFRESH)).toBe(1)
  expect(await tab.evaluate(() => auth.logout().then(() => auth.state.status))).toBe('out')
  expect(proxy.count(LOGOUT)).toBe(1)
  expect(await browser.cookies()).toEqual([])
  await tab.reload()
  expect(await tab.evaluate(() => auth.ready.then(({ status }) => status))).toBe('out')
})
