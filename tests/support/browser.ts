// A real Chromium in front of `hallpass serve`, with a fault proxy between them. A context is a browser (one cookie jar), a page a tab.
import { createHash } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type LaunchOptions,
  type Page,
} from 'playwright-core'
import { expect } from 'vitest'
import type { AuthOptions } from '@hallpass/browser'
import { launchFirefox } from './engine-firefox.ts'
import { launchWebKit } from './engine-webkit.ts'
import { asBrowser, skip } from './engine.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { newEmail, PASSWORD } from './people.ts'
import { startProgram, type Program } from './program.ts'
import { selfSigned } from './self-signed.ts'
import type { PageUser } from './browser-page.ts'

export const REFRESH = '/api/auth/refresh'
export const LOGOUT = '/api/auth/logout'
export const PROFILE = '/api/profile'
export const MINUTE = 60_000

/** Waits as long as a busy machine may need; what it waits for must come. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 })

/** What the program's log says that it did: one entry a refresh or an end of a session, in order. */
export interface Told {
  readonly msg: string
  readonly sessionId?: string
  /** Of a refresh: its row of the rotation table. */
  readonly outcome?: string
}

export interface Stage {
  readonly proxy: FaultProxy
  /** `hallpass serve`, a process of its own, with a clock that a test can move. */
  readonly server: Program
  readonly origin: string
  /** What the program has said so far, oldest first. */
  told(): readonly Told[]
  /** Another site: answers every request with the headers it got. */
  readonly foreign: FaultProxy
  /** A browser with an empty cookie jar. */
  browser(options?: BrowserContextOptions): Promise<BrowserContext>
  /** A tab of it, with the client at work and its first attempt done. */
  tab(browser: BrowserContext, options?: AuthOptions<PageUser> & { readonly path?: string }): Promise<Page>
  /** Signs somebody new up in this tab; their e-mail address. */
  signUp(tab: Page): Promise<string>
  /** A browser whose first tab somebody has just signed up in, and nothing counted yet. */
  somebody(options?: AuthOptions<PageUser>): Promise<{ browser: BrowserContext; tab: Page; email: string }>
  /** Closes every browser and mends every fault: after each test. */
  tidy(): Promise<void>
  close(): Promise<void>
}

export const executablePath = process.env['HALLPASS_CHROMIUM'] ?? '/usr/bin/chromium'

/** The engine the tests run in: Chromium, unless the script of another one says so. */
export const engine = process.env['HALLPASS_ENGINE'] ?? 'chromium'

/** What a browser that nobody looks at need not do. Measured: half of the processor. */
const chromiumArgs = [
  // Where there is no graphics card, drawing with one in software costs a quarter of the processor.
  '--disable-gpu',
  '--disable-software-rasterizer',
  // The last list counts, so Playwright's is void, which switches off what people's browsers have (storage partitioning, for one).
  // This one only keeps the browser from calling home and from trying other schemes, and each of its windows from preparing two
  // pages for the suggestions under the address bar: those cost as much as the page that is tested.
  `--disable-features=${[
    'HttpsUpgrades',
    'HttpsFirstBalancedModeAutoEnable',
    'MediaRouter',
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
    'PreconnectToSearch',
    'AimEnabled',
    'WebUIOmniboxPopup',
    'WebUIOmniboxAimPopup',
    // A page of another site calls loopback here, which people are asked about.
    'LocalNetworkAccessChecks',
  ].join(',')}`,
]

export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  if (engine === 'firefox') return asBrowser(await launchFirefox())
  if (engine === 'webkit') return asBrowser(launchWebKit())
  const args = [...chromiumArgs, ...(options.args ?? [])]
  return chromium.launch({ executablePath, chromiumSandbox: false, ...options, args })
}

/** A browser whose profile stays on the disk. */
export function openProfile(directory: string): Promise<BrowserContext> {
  if (engine !== 'chromium') skip('profile on the disk')
  return chromium.launchPersistentContext(directory, { executablePath, chromiumSandbox: false, args: chromiumArgs })
}

/** Starts everything; one for each test file. */
export async function openStage(options: { readonly launch?: LaunchOptions } = {}): Promise<Stage> {
  const script = await bundle()
  let server: Program | undefined
  // WebKit keeps no Secure cookie of plain http, not even on localhost.
  const tls = engine === 'webkit' ? selfSigned(['localhost']) : undefined
  const upstream = (path: string): string | RequestListener => {
    if (server === undefined) throw new Error('the server is not there yet')
    return path.startsWith('/api/auth/') ? `http://127.0.0.1:${server.port}` : application(server, script)
  }
  const proxy = await startFaultProxy(upstream, { tls })
  server = await startProgram({
    testClock: true,
    env: { HALLPASS_ISSUER: proxy.origin, HALLPASS_TRUSTED_PROXY_HOPS: '1' },
  })
  const { output } = server
  const foreign = await startFaultProxy(() => mirror, { host: '127.0.0.1', tls })
  const chromium = await launchChromium(options.launch)

  return {
    proxy,
    server,
    origin: proxy.origin,
    told: () =>
      output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Told),
    foreign,
    ...createVisitors(proxy, chromium),
    async close() {
      await chromium.close()
      await proxy.close()
      await foreign.close()
      await server.close()
    },
  }
}

/** Browsers, tabs and people in front of a proxy, whatever stands behind it. */
export function createVisitors(
  proxy: FaultProxy,
  chromium: Browser,
): Pick<Stage, 'browser' | 'tab' | 'signUp' | 'somebody' | 'tidy'> {
  const { origin } = proxy
  const contexts: BrowserContext[] = []
  const visitors: ReturnType<typeof createVisitors> = {
    async browser(options) {
      const context = await chromium.newContext(options)
      contexts.push(context)
      return context
    },
    async tidy() {
      for (const context of contexts.splice(0)) await context.close()
      proxy.mend()
      proxy.forget()
    },
    async tab(browser, { path = '/', ...given } = {}) {
      const page = await browser.newPage()
      await page.goto(`${origin}${path}?options=${encodeURIComponent(JSON.stringify(given))}`)
      await page.evaluate(() => auth.ready.then(() => undefined))
      return page
    },
    async signUp(tab) {
      const email = newEmail()
      await tab.evaluate((person) => auth.login(person, { path: 'register' }), { email, password: PASSWORD })
      return email
    },
    async somebody(given) {
      const browser = await visitors.browser()
      const tab = await visitors.tab(browser, given)
      const email = await visitors.signUp(tab)
      proxy.forget()
      return { browser, tab, email }
    },
  }
  return visitors
}

/** The client, as a bundler would deliver it. */
export async function bundle(entry = './browser-page.ts'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    conditions: ['@hallpass/source'],
  })
  return outputFiles[0]?.text ?? ''
}

const reactPage = '<!doctype html><div id="root"></div><script type="module" src="/react.js"></script>'

/** As strict as a policy can be. */
const STRICT = {
  'content-security-policy': "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
}

/** Has the next page prepared, and shows it when it was told to. */
const prerendering = `<!doctype html>
<script type="speculationrules">{"prerender":[{"source":"list","urls":["/prerendered"],"eagerness":"immediate"}]}</script>
<script>fetch('/api/show').then(() => location.assign('/prerendered'))</script>`

/** A small application: pages with the client, and an API that asks the program about each request, as a proxy would. */
function application({ ask }: Program, script: string): RequestListener {
  const page = '<!doctype html><title>Test</title><script type="module" src="/app.js"></script><main>Hello</main>'
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const send = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
      response.end(body)
    }
    if (pathname === '/app.js') return send(200, script, { 'content-type': 'text/javascript' })
    if (pathname === '/before-prerender') return send(200, prerendering, { 'content-type': 'text/html' })
    if (pathname === '/blank') return send(200, '<!doctype html>', { 'content-type': 'text/html' })
    if (pathname === '/react.js')
      return send(200, await bundle('./browser-react.tsx'), { 'content-type': 'text/javascript' })
    if (pathname === '/react') return send(200, reactPage, { 'content-type': 'text/html' })
    if (!pathname.startsWith('/api/')) {
      response.writeHead(200, { 'content-type': 'text/html', ...(pathname === '/strict' && STRICT) })
      return void response.end(page)
    }

    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (pathname === '/api/show') return send(200, '{}')
    if (pathname === '/api/never') return send(401, '{}', { 'www-authenticate': 'Bearer error="invalid_token"' })
    if (pathname === '/api/scope') return send(403, '{}', { 'www-authenticate': 'Bearer error="insufficient_scope"' })
    if (pathname === '/api/own-401') return send(401, '{}', { 'www-authenticate': 'ApiKey realm="x"' })

    const headers = request.headersDistinct['authorization']?.map((value) => ['Authorization', value] as const) ?? []
    const checked = await ask('GET', '/api/auth/verify', { headers })
    if (checked.status !== 200)
      return send(checked.status, checked.text, { 'www-authenticate': checked.headers['www-authenticate'] ?? '' })
    const body = Buffer.concat(chunks)
    send(
      200,
      JSON.stringify({
        subject: checked.headers['hallpass-subject'],
        method: request.method,
        type: request.headers['content-type'],
        size: body.length,
        hash: createHash('sha256').update(body).digest('hex'),
      }),
    )
  }
  return (request, response) => {
    answer(request, response).catch(() => response.destroy())
  }
}

/** Tells what it was sent, to anybody. */
export const mirror: RequestListener = (request, response) => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'access-control-allow-origin': request.headers.origin ?? '*',
    'access-control-allow-headers': 'authorization, content-type, x-test',
    'access-control-allow-credentials': 'true',
  })
  response.end(JSON.stringify({ headers: request.headers }))
}
