// A client whose token is in a worker does all that one in a page does. Numbers are those of docs/browsers.md.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually, LOGOUT, MINUTE, REFRESH } from '../support/browser.ts'
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
