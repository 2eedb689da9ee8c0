// CK-02, CK-03 and CK-06 in a real Chromium with its own jar: a sibling host plants a cookie, a script overflows the jar, a sign-out
// takes the cookie away.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { chromiumArguments, startHttpsSites, type HttpsSites } from '../support/https-sites.ts'

const PASSWORD = 'correct horse battery'
const NAMES = { path: '__Http-hallpass', host: '__Host-Http-hallpass' } as const
let chromium: Browser
let context: BrowserContext

beforeAll(async () => {
  chromium = await launchChromium({ args: [...chromiumArguments] })
})
afterAll(() => chromium.close())
afterEach(() => context.close())

interface Said {
  readonly status: number
  readonly session: string | undefined
  readonly code: string | undefined
}

/** What the client of app.test does; `held` is the session it believes it holds. */
async function ask(page: Page, path: string, json: unknown, held?: string): Promise<Said> {
  return page.evaluate(
    async ([to, body, session]) => {
      const headers = { 'content-type': 'application/json', ...(session !== '' && { 'hallpass-session': session }) }
      const response = await fetch(`/api/auth/${to}`, { method: 'POST', headers, body })
      const answer = (await response.json().catch(() => ({}))) as { session?: { id: string }; code?: string }
      return { status: response.status, session: answer.session?.id, code: answer.code }
    },
    [path, JSON.stringify(json), held ?? ''] as const,
  )
}

let people = 0
async function signedUp(sites: HttpsSites): Promise<{ readonly page: Page; readonly session: string }> {
  const page = await context.newPage()
  await page.goto(sites.origin('app.test'))
  people += 1
  const { session = '' } = await ask(page, 'register', { email: `ada-${people}@example.com`, password: PASSWORD })
  expect(session).not.toBe('')
  return { page, session }
}

/** The refresh token of an attacker's own session, which they read off their own machine. */
async function attackersToken(sites: HttpsSites): Promise<{ readonly token: string; readonly session: string }> {
  people += 1
  const response = await sites.auth.fetch(
    new Request(`${sites.origin('app.test')}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: `eve-${people}@example.com`, password: PASSWORD }),
    }),
  )
  const { session } = (await response.json()) as { readonly session: { readonly id: string } }
  return { token: /=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? '', session: session.id }
}

/** What the jar holds under our names. */
const held = async () => (await context.cookies()).filter(({ name }) => name.includes('hallpass'))

async function withSites(mode: 'path' | 'host', deed: (sites: HttpsSites) => Promise<void>): Promise<void> {
  const sites = await startHttpsSites({ cookie: { mode } })
  context = await chromium.newContext({ ignoreHTTPSErrors: true })
  try {
    await deed(sites)
  } finally {
    await sites.close()
  }
}

/** The sibling's server sends Set-Cookie for the whole domain, with a longer path, so that it comes first. */
async function plant(sites: HttpsSites, name: string, token: string): Promise<void> {
  const page = await context.newPage()
  const line = (path: string, domain: string) =>
    `${name}=${token}; Path=${path}; Secure; HttpOnly; SameSite=Strict${domain}`
  const lines = [line('/api/auth/refresh', '; Domain=app.test'), line('/', '; Domain=app.test'), line('/', '')]
  await page.goto(
    `${sites.origin('sub.app.test')}/set?${lines.map((each) => `line=${encodeURIComponent(each)}`).join('&')}`,
  )
}

describe('CK-02 a sibling host plants its own session', () => {
  test('in mode path it arrives beside the real one, and nobody becomes somebody else', async () => {
    await withSites('path', async (sites) => {
      const { page, session } = await signedUp(sites)
      const { token } = await attackersToken(sites)
      await plant(sites, NAMES.path, token)
      // Three went out, the host-only one stays with the sibling: two are planted, so this test has something to show.
      expect((await held()).filter(({ value, domain }) => value === token && domain === '.app.test')).toHaveLength(2)

      expect(await ask(page, 'refresh', {}, session)).toMatchObject({ status: 200, session })
      // A page that has just been loaded holds nothing yet: it is told that two live here, and not made into the attacker.
      expect(await ask(page, 'refresh', {})).toEqual({ status: 409, session: undefined, code: 'session_changed' })
    })
  })

  test('in mode path a browser that is signed out takes it, as the threat model says', async () => {
    await withSites('path', async (sites) => {
      const page = await context.newPage()
      await page.goto(sites.origin('app.test'))
      const attacker = await attackersToken(sites)
      await plant(sites, NAMES.path, attacker.token)
      expect(await ask(page, 'refresh', {})).toMatchObject({ status: 200, session: attacker.session })
    })
  })

  test('in mode host the browser does not take it, signed in or out', async () => {
    await withSites('host', async (sites) => {
      const page = await context.newPage()
      await page.goto(sites.origin('app.test'))
      const { token } = await attackersToken(sites)
      await plant(sites, NAMES.host, token)
      expect((await held()).filter(({ domain }) => domain !== 'sub.app.test')).toEqual([])
      expect(await ask(page, 'refresh', {})).toMatchObject({ status: 401, code: 'no_session' })
    })
  })
})

describe('CK-03 a script overflows the jar', () => {
  /** Sets cookies until the old ones are gone, then tries to write the names itself, from every place a page of app.test has. */
  async function overflow(page: Page, names: readonly string[]): Promise<void> {
    await page.evaluate((all) => {
      for (let index = 0; index < 300; index += 1) document.cookie = `filler${Math.random()}=x; Secure; Path=/`
      for (const name of all.split(',')) {
        document.cookie = `${name}=planted; Secure; Path=/`
        document.cookie = `${name}=planted; Secure; Path=/api/auth`
        document.cookie = `${name}=planted; Secure; Path=/api/auth; SameSite=Strict; HttpOnly`
      }
    }, names.join(','))
  }

  test.each(['path', 'host'] as const)(
    'in mode %s the cookie can be lost, and none is planted in its place',
    async (mode) => {
      await withSites(mode, async (sites) => {
        const { page } = await signedUp(sites)
        // The measure of the attack: an HttpOnly cookie with an ordinary prefix, which is evicted and planted.
        const line = encodeURIComponent('__Host-control=real; Secure; HttpOnly; Path=/')
        await page.goto(`${sites.origin('app.test')}/set?line=${line}`)
        expect((await context.cookies()).find(({ name }) => name === '__Host-control')?.value).toBe('real')
        const control = async () => {
          await overflow(page, ['__Host-control', NAMES.path, NAMES.host])
          return (await context.cookies()).find(({ name }) => name === '__Host-control')?.value
        }
        // Chromium tidies its jar a little after it was filled: again, until the attack has worked.
        await expect.poll(control, { timeout: 60_000, interval: 200 }).toBe('planted')
        expect((await held()).filter(({ value }) => value === 'planted')).toEqual([])
        // Being signed out is the worst of it.
        const { status, code } = await ask(page, 'refresh', {})
        expect([`200 `, '401 no_session']).toContain(`${status} ${code ?? ''}`)
      })
    },
  )
})

describe('CK-06 signing out', () => {
  test.each(['path', 'host'] as const)('in mode %s leaves no cookie in the jar', async (mode) => {
    await withSites(mode, async (sites) => {
      const { page } = await signedUp(sites)
      const [cookie, ...more] = await held()
      expect(more).toEqual([])
      expect(cookie).toMatchObject({
        name: NAMES[mode],
        domain: 'app.test',
        path: mode === 'path' ? '/api/auth' : '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
      })
      expect(await page.evaluate(() => document.cookie)).toBe('')
      expect((await ask(page, 'logout', {})).status).toBe(204)
      expect(await held()).toEqual([])
    })
  })
})
