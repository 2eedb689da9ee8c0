// The program as one fetch function: who answers what, in order. What every response carries (security headers) is set before
// this is asked, in http/listen.ts.
import { bearer } from '@hallpass/guard/hono'
import type { Guard } from '@hallpass/guard'
import { isLoopback, type Hallpass } from '@hallpass/server'
import { mount } from '@hallpass/server/hono'
import type { HttpBindings } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Fetch } from './http/listen.ts'
import type { Pages } from './http/pages.ts'
import { problem } from './http/problem.ts'
import { logRequest } from './http/request-log.ts'
import type { Inside } from './inside/inside.ts'
import type { Log } from './log.ts'
import { createProfile } from './profile.ts'

export interface AppOptions {
  readonly config: Config
  readonly auth: Hallpass
  readonly log: Log
  readonly clock: Clock
  readonly pages: Pages | undefined
  /** What only development has; undefined in production. */
  readonly inside: Inside | undefined
  /** True once the program is leaving. */
  readonly stopping: () => boolean
}

type Env = { Bindings: HttpBindings }

/** Wires the routes. */
export function createApp({ config, auth, log, clock, pages, inside, stopping }: AppOptions): Fetch {
  const app = new Hono<Env>()

  app.get('/healthz', async (c) => {
    if (stopping()) return c.json({ status: 'stopping' }, 503)
    try {
      await auth.ping()
      return c.json({ status: 'ok' })
    } catch {
      return c.json({ status: 'database unavailable' }, 503)
    }
  })

  const answerAuth = mount(auth, { trustedProxies: config.trustedProxyHops })
  const watched: MiddlewareHandler = async (c, next) => {
    await next()
    await inside?.look(c.res)
  }
  app.all('/api/auth/*', watched, answerAuth)
  app.all('/.well-known/jwks.json', answerAuth)

  // The demo: an endpoint as any service would have, behind the guard and nothing else.
  const guard: Pick<Guard, 'check'> = inside?.guard ?? auth.guard
  app.get('/api/profile', bearer(guard), createProfile(auth.accounts))
  if (inside !== undefined) app.route('/api/inside', inside.routes)

  const { advance } = clock
  if (advance !== undefined) {
    app.post('/test/clock', async (c) => {
      const body: unknown = await c.req.json().catch(() => undefined)
      const ms = typeof body === 'object' && body !== null && 'advance' in body ? body.advance : undefined
      const peer = c.env.incoming.socket.remoteAddress ?? ''
      if (!isLoopback(peer.replace(/^::ffff:/, '')) && peer !== '::1') return problem('not_found')
      if (typeof ms !== 'number' || !Number.isSafeInteger(ms)) return problem('invalid_input')
      advance(ms)
      return c.json({ now: clock.now() })
    })
  }

  app.notFound((c) => pages?.(c.req.raw) ?? problem('not_found'))
  app.onError((error) => {
    log.error({ err: error }, 'a request failed in a way nobody expected')
    return problem('internal')
  })

  return async (request, bindings) => {
    const begun = performance.now()
    const response = await app.fetch(request, bindings)
    logRequest(log, request, response.status, performance.now() - begun)
    return response
  }
}
