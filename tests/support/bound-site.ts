// A site whose sessions are bound to keys: pages, the real server, an API behind the door of node:http, and a service on another origin
// with a guard of its own. Between each and the browser a fault proxy, which counts.
import type { RequestListener } from 'node:http'
import type { Browser } from 'playwright-core'
import { createNonces, guard, type Guard } from '@hallpass/guard'
import { bearer } from '@hallpass/guard/node'
import type { HallpassOptions } from '@hallpass/server'
import { bundle, createVisitors, launchChromium } from './browser.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { startRealServer, type RealServer } from './real-server.ts'

export interface BoundSite extends ReturnType<typeof createVisitors> {
  readonly chromium: Browser
  readonly proxy: FaultProxy
  readonly server: RealServer
  /** Another origin: `/timed` asks for no nonce, everything else does. */
  readonly service: FaultProxy
  close(): Promise<void>
}

export const SERVICE = 'https://service.example'
const PAGE = '<!doctype html><title>Bound</title><script type="module" src="/app.js"></script>'

export async function openBoundSite(options: Partial<HallpassOptions> = {}): Promise<BoundSite> {
  const script = await bundle('./bound-page.ts')
  let application: RequestListener | undefined
  let services: RequestListener | undefined
  let server: RealServer | undefined
  const proxy = await startFaultProxy((path) =>
    path.startsWith('/api/auth/') ? (server?.address ?? '') : (...asked) => application?.(...asked),
  )
  const service = await startFaultProxy(
    () =>
      (...asked) =>
        services?.(...asked),
  )
  server = await startRealServer({ issuer: proxy.origin, trustedProxies: 1, audience: SERVICE, ...options })
  const { auth, now } = server

  const profile = bearer(auth.guard, (request, response) => response.end(request.auth.subject))
  application = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', proxy.origin)
    if (pathname === '/api/away') {
      response.writeHead(302, { location: `${service.origin}/away` }).end()
    } else if (pathname.startsWith('/api/')) {
      void profile(request, response)
    } else {
      response.setHeader('content-type', pathname === '/app.js' ? 'text/javascript' : 'text/html')
      response.end(pathname === '/app.js' ? script : PAGE)
    }
  }

  // The issuer's documents, asked for past the proxy: its origin is where they are.
  const guards: Guard[] = ['/', '/timed'].map((path) =>
    guard({
      issuer: proxy.origin,
      audience: SERVICE,
      now,
      proofs: {
        origin: service.origin,
        ...(path === '/' && { nonces: createNonces([crypto.getRandomValues(new Uint8Array(32))], now) }),
      },
    }),
  )
  const [nonced, timed] = guards.map((one) => bearer(one, (request, response) => response.end(request.auth.subject)))
  services = (request, response) => {
    response.setHeader('access-control-allow-origin', proxy.origin)
    response.setHeader('access-control-allow-headers', 'Authorization, DPoP')
    response.setHeader('access-control-expose-headers', 'WWW-Authenticate, DPoP-Nonce, Date')
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else void (request.url === '/timed' ? timed : nonced)?.(request, response)
  }

  const chromium = await launchChromium()
  return {
    chromium,
    proxy,
    server,
    service,
    ...createVisitors(proxy, chromium),
    async close() {
      await chromium.close()
      for (const one of guards) one.close()
      await proxy.close()
      await service.close()
      await server.close()
    },
  }
}
