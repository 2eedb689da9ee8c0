// app.example.test calls api.example.test, both https, with the server and the page of docs/guides/another-origin.md: an ordinary set-up. The hosts
// are mapped to this machine; what arrives is counted in front of the server.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Auth } from '@hallpass/browser'
import { launchChromium, LOGOUT, PROFILE, REFRESH } from '../support/browser.ts'
import { documentedProgram, freePort, runDocumentedPrograms } from '../support/documented-program.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { chromiumArguments } from '../support/https-sites.ts'
import { newEmail, PASSWORD } from '../support/people.ts'
import { selfSigned } from '../support/self-signed.ts'

const GUIDE = 'docs/guides/another-origin.md'
const LOGIN = '/api/auth/login'
const programs = runDocumentedPrograms()
let chromium: Browser
let pages: FaultProxy
let api: FaultProxy
const portOf = ({ origin }: FaultProxy): string => new URL(origin).port
/** The origin of a host, on the port where its kind answers. */
const page = (host: string): string => `https://${host}:${portOf(pages)}`
const apiOrigin = (): string => `https://api.example.test:${portOf(api)}`

beforeAll(async () => {
  const tls = selfSigned(['*.example.test', '*.elsewhere.test'])
  const port = await freePort()
  const settled = (text: string): string =>
    text
      .replaceAll('https://app.example.com', page('app.example.test'))
      .replaceAll('https://api.example.com', apiOrigin())
  pages = await startFaultProxy(
    () => (request, response) => {
      const isScript = request.url === '/app.js'
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      response.end(isScript ? script : '<!doctype html><script type="module" src="/app.js"></script>')
    },
    { host: '127.0.0.1', tls },
  )
  api = await startFaultProxy(() => `http://127.0.0.1:${port}`, { host: '127.0.0.1', tls })
  const { outputFiles } = await build({
    stdin: {
      contents: `${settled(documentedProgram(GUIDE, 'page'))}\nglobalThis.auth = auth`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['@hallpass/source'],
  })
  const script = outputFiles[0]?.text ?? ''
  await programs.start(settled(documentedProgram(GUIDE, 'server')), { 3000: port }, port)
  chromium = await launchChromium({ args: [...chromiumArguments] })
})
const open: BrowserContext[] = []
afterEach(async () => {
  for (const context of open.splice(0)) await context.close()
  api.mend()
  api.forget()
})
afterAll(async () => {
  await chromium.close()
  await pages.close()
  await api.close()
  await programs.remove()
})

async function browser(): Promise<BrowserContext> {
  const context = await chromium.newContext({ ignoreHTTPSErrors: true })
  open.push(context)
  return context
}

async function tab(context: BrowserContext, host: string): Promise<Page> {
  const one = await context.newPage()
  await one.goto(page(host))
  await one.evaluate(() => auth.ready.then(() => undefined))
  return one
}

const signUp = (one: Page): Promise<unknown> =>
  one.evaluate((person) => (auth as Auth).login(person, { path: 'register' }), {
    email: newEmail(),
    password: PASSWORD,
  })
const profile = (one: Page): Promise<number> =>
  one.evaluate(async (address) => (await auth.fetch(address)).status, apiOrigin() + PROFILE)

test('a page of a listed origin signs up, calls the API, renews, reloads, shares with its tabs and signs out', async () => {
  const context = await browser()
  const one = await tab(context, 'app.example.test')
  await signUp(one)
  expect(await profile(one)).toBe(200)
  const [cookie, ...more] = await context.cookies()
  expect(more).toEqual([])
  expect(cookie).toMatchObject({ name: '__Http-hallpass', domain: 'api.example.test', path: '/api/auth' })
  expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' })

  // A token that the API does not take any more is renewed: the page may see why it was refused.
  api.forget()
  const refused = {
    'access-control-allow-origin': page('app.example.test'),
    'access-control-expose-headers': 'www-authenticate',
  }
  api.break(PROFILE, { status: 401, headers: { ...refused, 'www-authenticate': 'Bearer error="invalid_token"' } }, 1)
  expect(await profile(one)).toBe(200)
  expect([api.count(REFRESH), api.count(PROFILE)]).toEqual([1, 2])
  const arrived = api.arrivals.find(({ path }) => path === REFRESH)?.headers
  expect(arrived).toMatchObject({ origin: page('app.example.test'), 'sec-fetch-site': 'same-site' })

  await one.reload()
  expect(await one.evaluate(() => auth.ready.then(({ status }) => status))).toBe('in')
  expect(api.count(REFRESH)).toBe(2)
  // A tab listens for a quarter of a second; on a machine that is too busy for an answer it asks the server after all.
  let other = one
  for (let attempt = 0; attempt < 6 && (other === one || api.count(REFRESH) > 0); attempt++) {
    api.forget()
    other = await tab(context, 'app.example.test')
  }
  expect(api.count(REFRESH)).toBe(0)

  await one.evaluate(() => auth.logout())
  await other.waitForFunction(() => auth.state.status === 'out')
  expect(api.count(LOGOUT)).toBe(1)
  expect(await context.cookies()).toEqual([])
})

test('a page of another origin, of the same site or not, gets nothing, though the browser sends the cookie from a sibling', async () => {
  const context = await browser()
  await signUp(await tab(context, 'app.example.test'))
  for (const host of ['www.example.test', 'app.elsewhere.test']) {
    api.forget()
    const one = await tab(context, host)
    expect(await one.evaluate(() => auth.state.status)).not.toBe('in')
    const code = await one.evaluate(() =>
      auth.login({ email: 'a@example.com', password: 'x' }).then(
        () => 'in',
        (error: unknown) => (error as { readonly code: string }).code,
      ),
    )
    expect(code).toBe('unavailable')
    // A preflight that is not answered: nothing that does anything arrives.
    expect([host, api.count(REFRESH), api.count(LOGIN)]).toEqual([host, 0, 0])
    // And without a preflight it arrives, from a sibling with the cookie, and is refused (and the answer is kept from the page).
    await one.evaluate(
      (to) => fetch(to, { method: 'POST', credentials: 'include', mode: 'no-cors' }).catch(() => undefined),
      apiOrigin() + REFRESH,
    )
    const { status, headers } = api.arrivals.find(({ path }) => path === REFRESH) ?? { status: 0, headers: {} }
    expect([host, status, headers.cookie !== undefined]).toEqual([host, 403, host === 'www.example.test'])
  }
})
