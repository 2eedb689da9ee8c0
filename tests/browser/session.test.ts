// The whole life of a session in a real browser: signed up, reloaded, shared by ten tabs, closed and reopened, signed out. What was
// sent is counted at the server.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { newEmail, PASSWORD } from '../support/people.ts'
import { LOGOUT, openProfile, openStage, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

test('33: somebody signs up, and is still signed in after a reload, with nothing in storage', async () => {
  const tab = await stage.tab(await stage.browser())
  expect(await tab.evaluate(() => auth.state.status)).toBe('out')
  const email = await stage.signUp(tab)
  expect(await tab.evaluate(() => auth.user?.email)).toBe(email)
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)

  stage.proxy.forget()
  await tab.reload()
  await tab.evaluate(() => auth.ready)
  expect(await tab.evaluate(() => auth.user?.email)).toBe(email)
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(await tab.evaluate(() => sessionStorage.length)).toBe(0)
})

test('11: ten tabs that open at once cost one refresh', async () => {
  const { browser, tab, email } = await stage.somebody()
  await tab.close()
  const pages = await Promise.all(Array.from({ length: 10 }, () => browser.newPage()))
  await Promise.all(pages.map((page) => page.goto(stage.origin)))
  const users = await Promise.all(
    pages.map((page) => page.evaluate(() => auth.ready.then((state) => state.user?.email))),
  )
  expect(users).toEqual(Array.from({ length: 10 }, () => email))
  expect(await Promise.all(pages.map((page) => page.evaluate(() => call('/api/profile'))))).toEqual(Array(10).fill(200))
  expect(stage.proxy.count(REFRESH)).toBe(1)
})

test('a browser that was closed and opened again is still signed in', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'hallpass-profile-'))
  try {
    const first = await openProfile(profile)
    const email = await stage.signUp(await stage.tab(first))
    await first.close()

    const second = await openProfile(profile)
    const tab = await stage.tab(second)
    expect(await tab.evaluate(() => auth.user?.email)).toBe(email)
    await second.close()
  } finally {
    rmSync(profile, { recursive: true, force: true })
  }
})

test('18: a sign-out in one tab signs the others out, for good', async () => {
  const { browser, tab } = await stage.somebody()
  const others = [await stage.tab(browser), await stage.tab(browser)]
  stage.proxy.forget()
  await tab.evaluate(() => auth.logout())
  for (const other of others) {
    await other.waitForFunction(() => auth.state.status === 'out')
    expect(await other.evaluate(() => told.signedOut)).toEqual(['other_tab'])
    expect(await other.evaluate(() => call('/api/profile'))).toBe('AuthError signed_out')
  }
  expect(await tab.evaluate(() => told.signedOut)).toEqual(['logout'])
  expect(stage.proxy.count(LOGOUT)).toBe(1)
  expect(await browser.cookies()).toEqual([])

  stage.proxy.forget()
  await tab.reload()
  expect(await tab.evaluate(() => auth.ready.then((state) => state.status))).toBe('out')
})

test('18: a refresh that comes back after the sign-out revives nothing', async () => {
  const { browser, tab } = await stage.somebody()
  stage.proxy.break(REFRESH, { slow: 1000 }, 1)
  const status = await tab.evaluate(async () => {
    const refreshing = auth.refresh()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const leaving = auth.logout()
    const atOnce = auth.state.status
    await Promise.all([refreshing, leaving])
    return [atOnce, auth.state.status]
  })
  expect(status).toEqual(['out', 'out'])
  // The sign-out waited for the refresh, so that nothing puts a cookie back after it was cleared.
  expect(stage.proxy.arrivals.map(({ path }) => path).filter((path) => path !== '/')).toEqual([REFRESH, LOGOUT])
  expect(await browser.cookies()).toEqual([])
  await tab.reload()
  expect(await tab.evaluate(() => auth.ready.then((state) => state.status))).toBe('out')
})

test('34: after a sign-out, Back shows nobody', async () => {
  const { tab } = await stage.somebody()
  await tab.goto(`${stage.origin}/second`)
  await tab.evaluate(() => auth.ready)
  await tab.evaluate(() => auth.logout())
  await tab.goBack()
  expect(await tab.evaluate(() => auth.ready.then((state) => state.status))).toBe('out')
  expect(await tab.evaluate(() => call('/api/profile'))).toBe('AuthError signed_out')
})

test('a sign-out that could not reach the server is carried out at the next start, before any refresh', async () => {
  const { browser, tab } = await stage.somebody()
  const mend = stage.proxy.break(LOGOUT, 'refuse')
  await tab.evaluate(() => auth.logout())
  expect(await tab.evaluate(() => auth.state.status)).toBe('out')
  expect(await browser.cookies()).toHaveLength(1)
  mend()
  stage.proxy.forget()

  const next = await stage.tab(browser)
  expect(await next.evaluate(() => auth.state.status)).toBe('out')
  expect(stage.proxy.count(LOGOUT)).toBe(1)
  expect(stage.proxy.count(REFRESH)).toBe(0)
  expect(await browser.cookies()).toEqual([])

  // Once only: whoever signs in next is not signed out by it.
  const email = await stage.signUp(next)
  await next.reload()
  expect(await next.evaluate(() => auth.ready.then((state) => state.user?.email))).toBe(email)
})

test('a sign-out of one person that is carried out late does not sign the next one out', async () => {
  const { browser, tab } = await stage.somebody()
  stage.proxy.break(LOGOUT, { status: 503 })
  await tab.evaluate(() => auth.logout())
  // Signed in by something else than this client, which knows nothing of what is owed.
  const person = { email: newEmail('grace'), password: PASSWORD }
  const blank = await browser.newPage()
  await blank.goto(`${stage.origin}/blank`)
  await blank.evaluate(
    (body) =>
      fetch('/api/auth/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    person,
  )
  stage.proxy.mend()
  stage.proxy.forget()
  const next = await stage.tab(browser)
  expect(stage.proxy.arrivals.filter(({ path }) => path === LOGOUT).map(({ status }) => status)).toEqual([409])
  // This page is on the safe side; the next one knows.
  await next.reload()
  expect(await next.evaluate(() => auth.ready.then((state) => state.user?.email))).toBe(person.email)
  expect(stage.proxy.count(LOGOUT)).toBe(1)
})

test('a sign-in clears what was owed', async () => {
  const { browser, tab } = await stage.somebody()
  stage.proxy.break(LOGOUT, { status: 503 })
  await tab.evaluate(() => auth.logout())
  const email = await stage.signUp(tab)
  stage.proxy.mend()
  stage.proxy.forget()
  const next = await stage.tab(browser)
  expect(await next.evaluate(() => auth.user?.email)).toBe(email)
  expect(stage.proxy.count(LOGOUT)).toBe(0)
})
