// One scenario's world: a real server with nobody in it, the fault proxy in front, a contender's page, a stranger's site. Chromium is
// shared; its clock and the server's are set by the scenario, and agree unless it says otherwise.
import type { RequestListener } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { mirror } from '../../tests/support/browser.ts'
import { startFaultProxy, type Fault, type FaultProxy } from '../../tests/support/fault-proxy.ts'
import { newEmail, PASSWORD } from '../../tests/support/people.ts'
import { startRealServer, type RealServer } from '../../tests/support/real-server.ts'
import { betterAuth } from './adapters/better-auth.ts'
import { oidc } from './adapters/oidc.ts'
import { createSessions } from './adapters/sessions.ts'
import { supabase } from './adapters/supabase.ts'
import type { Contender } from './contenders.ts'
import type { Person } from './page.ts'

export const PROFILE = '/api/profile'
export const MINUTE = 60_000

export interface Visit {
  readonly proxy: FaultProxy
  readonly foreign: FaultProxy
  /** How many requests for a new token arrived. */
  refreshes(): number
  /** Lets the next `times` of them go wrong. */
  breakRefresh(fault: Fault, times?: number): void
  /** A tab of this browser in which the person is signed in. */
  tab(): Promise<Page>
  /** What `count` requests at once came to. */
  ask(tab: Page, address?: string, count?: number): Promise<readonly (number | string)[]>
  /** Time goes by, for the server and the browser alike; what was due meanwhile is done. */
  age(milliseconds: number): Promise<void>
  /** Time that went by for the server alone: its tokens die before the client thinks so. */
  ageServer(milliseconds: number): void
  /**
   * After how many milliseconds a request succeeds without the person's doing, tried for an hour and a half; whether a reload helps when
   * nothing else did; undefined: never.
   */
  comesBack(tab: Page): Promise<number | 'after a reload' | undefined>
  close(): Promise<void>
}

/** A bundle as it would be delivered, and what it weighs. */
export async function bundlePage(page: string): Promise<{ readonly script: string; readonly bytes: number }> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`./pages/${page}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['@hallpass/source'],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const script = outputFiles[0]?.text ?? ''
  return { script, bytes: gzipSync(script, { level: 9 }).length }
}

/** @param of whose page; @param ahead milliseconds that the client's clock is ahead of the server's */
export async function openVisit(chromium: Browser, of: Contender, script: string, ahead = 0): Promise<Visit> {
  let route: ((path: string) => string | RequestListener) | undefined
  const proxy = await startFaultProxy((path) => {
    if (route === undefined) throw new Error('the server is not there yet')
    return route(path)
  })
  const { origin } = proxy
  const server = await startRealServer({ issuer: origin, trustedProxies: 1 })
  const foreign = await startFaultProxy(() => mirror, { host: '127.0.0.1' })
  const sessions = createSessions(server, origin)
  const [provider, gotrue, better] = [oidc(sessions, origin), supabase(sessions), betterAuth(sessions)]
  const app = application(server, script)
  route = (path) => {
    if (path.startsWith('/api/auth/')) return server.address
    if (path.startsWith('/supabase/')) return gotrue
    if (path.startsWith('/better-auth/')) return better
    return /^\/(authorize|oauth\/|v2\/|\.well-known\/)/.test(path) ? provider : app
  }

  const context = await chromium.newContext()
  await context.clock.install({ time: Date.now() + ahead })
  const person: Person = { email: newEmail(), password: PASSWORD }
  await server.ask('POST', 'register', { json: person, headers: [['x-forwarded-for', '10.201.0.1']] })

  const visit: Visit = {
    proxy,
    foreign,
    refreshes: () => of.refresh.reduce((sum, path) => sum + proxy.count(path), 0),
    breakRefresh: (fault, times) => of.refresh.forEach((path) => void proxy.break(path, fault, times)),
    async tab() {
      const tab = await context.newPage()
      await tab.goto(origin)
      if (!(await isStarted(tab))) {
        await tab.evaluate((who) => void contender.signIn(who).catch(() => undefined), person)
        await until(async () => (await visit.ask(tab))[0] === 200, 20_000, `${of.name} did not sign in`)
      }
      return tab
    },
    ask: (tab, address = PROFILE, count = 1) =>
      patiently(
        tab.evaluate(
          ([address, count]) => Promise.all(Array.from({ length: count }, () => contender.outcome(address))),
          [address, count] as const,
        ),
        count,
      ),
    async age(milliseconds) {
      server.advance(milliseconds)
      await context.clock.fastForward(milliseconds)
    },
    ageServer: (milliseconds) => server.advance(milliseconds),
    async comesBack(tab) {
      let waited = 0
      for (const step of [...Array<number>(12).fill(5000), ...Array<number>(45).fill(2 * MINUTE)]) {
        if ((await visit.ask(tab))[0] === 200) return waited
        await visit.age(step)
        waited += step
      }
      await tab.reload()
      await isStarted(tab).catch(() => false)
      return (await visit.ask(tab))[0] === 200 ? 'after a reload' : undefined
    },
    async close() {
      await context.close()
      await proxy.close()
      await foreign.close()
      await server.close()
    },
  }
  return visit
}

/** A page that went elsewhere, or never settles, has an outcome too. */
async function patiently(asked: Promise<readonly (number | string)[]>, count: number) {
  const hangs = wait(30_000, Array<string>(count).fill('hangs'), { ref: false })
  return Promise.race([asked.catch(() => Array<string>(count).fill('left the page')), hangs])
}

/** Whether the page came up signed in; pages that redirect at the start are waited for. */
async function isStarted(tab: Page): Promise<boolean> {
  let started = false
  await until(
    async () => {
      started = await tab.evaluate(() => contender.started)
      return true
    },
    20_000,
    'the page did not start',
  )
  return started
}

async function until(read: () => Promise<boolean>, milliseconds: number, otherwise: string): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await wait(50))
    if (await read().catch(() => false)) return
  throw new Error(otherwise)
}

const silentCheck = '<!doctype html><script>parent.postMessage(location.href, location.origin)</script>'

/** The pages, and an API behind the guard. */
function application({ auth }: RealServer, script: string): RequestListener {
  const answer: (...exchange: Parameters<RequestListener>) => Promise<void> = async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const send = (status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers })
      response.end(body)
    }
    if (pathname === '/page.js') return send(200, 'text/javascript', script)
    if (pathname === '/silent-check-sso.html') return send(200, 'text/html', silentCheck)
    if (!pathname.startsWith('/api/'))
      return send(
        200,
        'text/html',
        '<!doctype html><title>Bench</title><body><script type="module" src="/page.js"></script>',
      )
    if (pathname === '/api/never')
      return send(401, 'application/json', '{}', { 'www-authenticate': 'Bearer error="invalid_token"' })
    const checked = await auth.guard.check(request.headersDistinct['authorization'])
    if (checked.ok) return send(200, 'application/json', JSON.stringify({ subject: checked.auth.subject }))
    const { status, body, headers } = checked.refusal
    send(status, 'application/json', body, headers)
  }
  return (request, response) => {
    answer(request, response).catch(() => response.destroy())
  }
}
