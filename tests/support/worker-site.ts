// The application of the worker tests: every answer of its origin has the policy of a page, which lets nothing be asked from there, and
// the worker's file has its own, which does.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Browser } from 'playwright-core'
import { bundle, createVisitors, launchChromium } from './browser.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { startRealServer, type RealServer } from './real-server.ts'

export interface WorkerSite extends ReturnType<typeof createVisitors> {
  readonly proxy: FaultProxy
  readonly server: RealServer
  readonly origin: string
  readonly chromium: Browser
  /** Another site: tells every request's Authorization, to anybody. */
  readonly foreign: FaultProxy
  close(): Promise<void>
}

const WORKER = '/auth-worker.js'
const policyOfPages = (origin: string, worker = WORKER): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'none'",
    `worker-src ${origin}${worker}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
const POLICY_OF_WORKER = "default-src 'none'; connect-src 'self'"

const PAGE = '<!doctype html><title>Worker</title><script type="module" src="/app.js"></script>'

/** @param policies false for a site without any */
export async function openWorkerSite(policies = true): Promise<WorkerSite> {
  const files: Readonly<Record<string, string>> = {
    '/app.js': await bundle('./browser-worker-page.ts'),
    [WORKER]: await bundle('./auth-worker.ts'),
  }
  let server: RealServer | undefined
  const running = (): RealServer => {
    if (server === undefined) throw new Error('the server is not there yet')
    return server
  }

  const application = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', proxy.origin).pathname
    const page = policyOfPages(proxy.origin, path === '/forbidden-worker' ? '/another.js' : WORKER)
    if (policies) response.setHeader('content-security-policy', path === WORKER ? POLICY_OF_WORKER : page)
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    }
    // Opened in a window it would be a page with the worker's policy, into which a script could reach.
    if (policies && path === WORKER) response.setHeader('content-disposition', 'attachment')
    const file = files[path]
    if (file !== undefined) return send(200, 'text/javascript', file)
    if (path === '/blank') return send(200, 'text/html', '<!doctype html>')
    if (!path.startsWith('/api/')) return send(200, 'text/html', PAGE)
    if (path === '/api/away') {
      response.setHeader('location', `${foreign.origin}/caught`)
      return send(307, 'text/plain', '')
    }
    // A router that is kinder about addresses than ours: it leads to the refresh all the same.
    if (path.toLowerCase() === '/api/somewhere') {
      response.setHeader('location', '/api/auth/refresh')
      return send(307, 'text/plain', '')
    }
    const checked = await running().auth.guard.check(request.headers.authorization)
    if (!checked.ok) {
      response.writeHead(checked.refusal.status, checked.refusal.headers).end(checked.refusal.body)
      return
    }
    if (path === '/api/stream') {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('first')
      request.on('close', () => response.end())
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    send(
      200,
      'application/json',
      JSON.stringify({ subject: checked.auth.subject, sent: Buffer.concat(chunks).toString() }),
    )
  }
  const listener: RequestListener = (request, response) => {
    application(request, response).catch(() => response.destroy())
  }

  const proxy: FaultProxy = await startFaultProxy((path) =>
    path.startsWith('/api/auth/') ? running().address : listener,
  )
  const foreign = await startFaultProxy(
    () => (_request, response) => {
      response.writeHead(200, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' })
      response.end('caught')
    },
    { host: '127.0.0.1' },
  )
  server = await startRealServer({ issuer: proxy.origin, trustedProxies: 1 })
  const chromium = await launchChromium()

  return {
    proxy,
    foreign,
    server,
    chromium,
    origin: proxy.origin,
    ...createVisitors(proxy, chromium),
    async close() {
      await chromium.close()
      await proxy.close()
      await foreign.close()
      await server.close()
    },
  }
}
