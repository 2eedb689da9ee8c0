// CSR-01 in a real Chromium: a stranger and a sibling host try to use the cookie of somebody who is signed in, by every means a page
// has. What arrived is counted on the server: requests that came and were refused, not requests that never came.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { dumpDatabase } from '../support/database-dump.ts'
import { chromiumArguments, startHttpsSites, type HttpsSites } from '../support/https-sites.ts'

const PASSWORD = 'correct horse battery'
/** A busy machine takes its time; nothing here is measured. */
const PATIENCE = { timeout: 30_000 }
const ENDPOINTS = ['refresh', 'logout', 'login', 'register', 'password']
let sites: HttpsSites
let chromium: Browser
let context: BrowserContext
let own: Page
let before: string

beforeAll(async () => {
  sites = await startHttpsSites()
  chromium = await launchChromium({ args: [...chromiumArguments] })
})
afterAll(async () => {
  await chromium.close()
  await sites.close()
})

let people = 0
beforeEach(async () => {
  context = await chromium.newContext({ ignoreHTTPSErrors: true })
  own = await context.newPage()
  await own.goto(sites.origin('app.test'))
  people += 1
  expect(await post(own, 'register', { email: `ada-${people}@example.com`, password: PASSWORD })).toBe(201)
  before = dumpDatabase(sites.databaseFile)
})

/** What nobody may have brought about: the database is as it was, and the person is still signed in. */
afterEach(async () => {
  expect(dumpDatabase(sites.databaseFile)).toBe(before)
  expect(await post(own, 'refresh', {})).toBe(200)
  await context.close()
})

const post = (page: Page, path: string, json: unknown): Promise<number> =>
  page.evaluate(
    async ([to, body]) =>
      (await fetch(`/api/auth/${to}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
        .status,
    [path, JSON.stringify(json)] as const,
  )

/** Opens a page of another host in the same browser and notes what it makes arrive. */
async function attackFrom(host: string, attack: (page: Page, target: string) => Promise<void>) {
  const page = await context.newPage()
  await page.goto(sites.origin(host))
  const since = sites.arrived.length
  await attack(page, `${sites.origin('app.test')}/api/auth`)
  await expect.poll(() => sites.arrived.slice(since).filter(({ status }) => status === 0), PATIENCE).toEqual([])
  return sites.arrived.slice(since)
}

const hosts = [
  // SameSite=Strict stops the stranger's requests from carrying the cookie, and not those of the sibling.
  { host: 'evil.test', site: 'cross-site', cookie: false },
  { host: 'sub.app.test', site: 'same-site', cookie: true },
]

describe.each(hosts)('CSR-01 from $host', ({ host, site, cookie }) => {
  test('a fetch without CORS arrives and is refused at every endpoint', async () => {
    const came = await attackFrom(host, (page, target) =>
      page.evaluate(
        async ([to, paths]) => {
          for (const path of paths.split(','))
            // The answer is kept from the page (Cross-Origin-Resource-Policy); the request has arrived all the same.
            await fetch(`${to}/${path}`, {
              method: 'POST',
              mode: 'no-cors',
              credentials: 'include',
              body: '{"everywhere":true}',
            }).catch(() => undefined)
        },
        [target, ENDPOINTS.join(',')] as const,
      ),
    )
    expect(came.map(({ status }) => status)).toEqual(ENDPOINTS.map(() => 403))
    for (const each of came) {
      expect(each.site).toBe(site)
      expect(each.cookie !== undefined).toBe(cookie)
    }
  })

  test('a fetch with JSON needs a preflight, and gets none', async () => {
    const came = await attackFrom(host, async (page, target) => {
      const failed = await page.evaluate(async (to) => {
        const init = {
          method: 'POST',
          credentials: 'include',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        }
        return fetch(`${to}/refresh`, init as RequestInit).then(
          () => 'answered',
          () => 'refused',
        )
      }, target)
      expect(failed).toBe('refused')
    })
    expect(came.filter(({ method }) => method !== 'OPTIONS')).toEqual([])
    expect(came.map(({ status }) => status)).toEqual(came.map(() => 405))
  })

  test('a form that navigates the window is refused at every endpoint', async () => {
    for (const path of ENDPOINTS) {
      const came = await attackFrom(host, async (page, target) => {
        const submit = ([to, enctype]: readonly [string, string]) => {
          document.body.innerHTML = `<form method="post" action="${to}" enctype="${enctype}"><input name='{"everywhere":true,"x":"' value='"}'></form>`
          document.forms[0]?.submit()
        }
        await Promise.all([
          page.waitForNavigation(),
          page.evaluate(submit, [`${target}/${path}`, 'text/plain'] as const),
        ])
        expect(await page.textContent('body')).toContain('forbidden_origin')
      })
      expect(came.map(({ method, mode, status }) => ({ method, mode, status }))).toEqual([
        { method: 'POST', mode: 'navigate', status: 403 },
      ])
      expect(came[0]?.cookie !== undefined).toBe(cookie)
    }
  })

  test('a form in a sandboxed frame has the origin null and is refused', async () => {
    const came = await attackFrom(host, async (page, target) => {
      await page.evaluate((to) => {
        const frame = document.createElement('iframe')
        frame.setAttribute('sandbox', 'allow-forms allow-scripts')
        frame.srcdoc = `<form method="post" action="${to}/logout"><input name="a"></form><script>document.forms[0].submit()</script>`
        document.body.append(frame)
      }, target)
      await expect.poll(() => sites.arrived.at(-1)?.path, PATIENCE).toBe('/api/auth/logout')
    })
    expect(came).toHaveLength(1)
    expect(came[0]).toMatchObject({ method: 'POST', origin: 'null', status: 403 })
  })

  test('a beacon is refused, images, links and frames are no POST', async () => {
    const came = await attackFrom(host, async (page, target) => {
      await page.evaluate((to) => {
        navigator.sendBeacon(`${to}/logout`, '{"everywhere":true}')
        for (const tag of ['img', 'iframe', 'script']) {
          const element = document.createElement(tag)
          element.setAttribute('src', `${to}/logout?_method=POST&${tag}`)
          document.body.append(element)
        }
      }, target)
      await expect.poll(() => new Set(sites.arrived.slice(-4).map(({ path }) => path)).size, PATIENCE).toBe(4)
      await page.goto(`${target}/logout?link`)
    })
    expect(came.map(({ method, status }) => `${method} ${status}`).toSorted()).toEqual([
      'GET 405',
      'GET 405',
      'GET 405',
      'GET 405',
      'POST 403',
    ])
  })
})

test('CSR-01 and the same request from the own page does what it says', async () => {
  const page = await context.newPage()
  await page.goto(sites.origin('app.test'))
  expect(await post(page, 'logout', {})).toBe(204)
  expect(await post(page, 'refresh', {})).toBe(401)
  expect(await post(page, 'login', { email: `ada-${people}@example.com`, password: PASSWORD })).toBe(200)
  before = dumpDatabase(sites.databaseFile)
})
