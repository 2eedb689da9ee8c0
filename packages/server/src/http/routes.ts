// The table: every endpoint, its guards in order, its handler. A request walks one way: route, guards, handler, answer.
import type { Guard, Refused } from '@hallpass/guard'
import { Hono } from 'hono'
import type { OnEvent } from '../events.ts'
import type { AuthHandler, Handler } from './exchange.ts'
import { problemResponse, Refusal, refusalOf } from './problem.ts'
import type { KeyProofs } from './proof.ts'
import { corsHeaders, preflightHeaders } from './same-origin.ts'

export interface Handlers {
  readonly register?: Handler
  readonly login: Handler
  readonly changePassword?: AuthHandler
  readonly refresh: Handler
  readonly logout: Handler
  readonly me: AuthHandler
  readonly ticket: AuthHandler
  readonly listSessions: AuthHandler
  readonly endSession: AuthHandler
  readonly jwks: Handler
  readonly revocations: Handler
  readonly verify: Handler
}

export interface RouteOptions {
  readonly basePath: string
  readonly https: boolean
  readonly origins: ReadonlySet<string>
  readonly guard: Guard
  readonly proofs: KeyProofs
  /** Whether sessions start bound to a key or not at all. */
  readonly keyRequired: boolean
  readonly assertSameOrigin: (headers: Headers) => void
  readonly onEvent: OnEvent
}

interface From {
  readonly address: string | undefined
}

export type Fetch = (request: Request, from?: { readonly address?: string | undefined }) => Promise<Response>

export function createRoutes(handlers: Handlers, options: RouteOptions): Fetch {
  const { basePath, guard, proofs, onEvent } = options
  const at = (path: string) => `${basePath}/${path}`

  /** The cookie's endpoints and those that set it: only pages of ours may ask. */
  const sameOrigin =
    (handler: Handler): Handler =>
    (exchange) => {
      options.assertSameOrigin(exchange.request.headers)
      return handler(exchange)
    }
  /** What starts or renews a session, with the key that is proven beside it. */
  const keyed =
    (handler: Handler): Handler =>
    async (exchange) => {
      const key = await proofs.of(exchange.request)
      if (key === undefined && options.keyRequired) throw new Refusal('proof_required')
      return handler({ ...exchange, key })
    }
  /** Whoever shows a valid access token. */
  const bearer =
    (handler: AuthHandler): Handler =>
    async (exchange) => {
      const { method, url, headers } = exchange.request
      const checked = await guard.check(headers.get('authorization'), { method, url, dpop: headers.get('dpop') })
      return checked.ok ? handler(exchange, checked.auth) : bearerRefusal(checked.refusal)
    }

  // method, path, guards around the handler. Handlers of sign-in take a try from the throttle once they know whose it is.
  const table: readonly (readonly [method: 'GET' | 'POST' | 'DELETE', path: string, handler: Handler | undefined])[] = [
    ['POST', at('register'), handlers.register && sameOrigin(keyed(handlers.register))],
    ['POST', at('login'), sameOrigin(keyed(handlers.login))],
    ['POST', at('refresh'), sameOrigin(keyed(handlers.refresh))],
    ['POST', at('logout'), sameOrigin(handlers.logout)],
    ['GET', at('me'), bearer(handlers.me)],
    ['POST', at('ticket'), bearer(handlers.ticket)],
    ['GET', at('sessions'), bearer(handlers.listSessions)],
    ['DELETE', at('sessions/:id'), bearer(handlers.endSession)],
    ['POST', at('password'), handlers.changePassword && sameOrigin(bearer(handlers.changePassword))],
    ['GET', at('jwks'), handlers.jwks],
    ['GET', '/.well-known/jwks.json', handlers.jwks],
    ['GET', at('revocations'), handlers.revocations],
    ['GET', at('verify'), handlers.verify],
  ]

  const app = new Hono<{ Bindings: From }>()
  const methods = new Map<string, string[]>()
  for (const [method, path, handler] of table) {
    if (handler === undefined) continue
    methods.set(path, [...(methods.get(path) ?? []), method])
    app.on(method, path, (context) =>
      handler({ request: context.req.raw, address: context.env.address, params: context.req.param() }),
    )
  }
  // Envoy's ext_authz asks with the method of the request it asks about. Never with its path behind ours: a path with dots would lead
  // elsewhere, and an answer from elsewhere lets in.
  app.all(at('verify'), ({ req, env }) => handlers.verify({ request: req.raw, address: env.address, params: {} }))
  for (const [path, known] of methods) {
    app.all(path, ({ req }) => {
      if (req.method === 'OPTIONS' && options.origins.has(req.header('origin') ?? '')) {
        return new Response(null, { status: 204, headers: preflightHeaders })
      }
      const answer = refuse(new Refusal('method_not_allowed'), req.raw)
      answer.headers.set('allow', known.includes('GET') ? [...known, 'HEAD'].join(', ') : known.join(', '))
      return answer
    })
  }
  app.notFound(({ req }) => refuse(new Refusal('not_found'), req.raw))
  app.onError((error, { req }) => {
    const refusal = refusalOf(error)
    // What is refused is one line for the log; what broke is told with its cause, and only there. A client that hung up broke nothing.
    if (!(error instanceof Refusal) && !req.raw.signal.aborted) onEvent({ event: 'failed', error })
    return refuse(refusal, req.raw)
  })

  const refuse = (refusal: Refusal, request: Request): Response => {
    onEvent({ event: 'refused', code: refusal.code, method: request.method, path: new URL(request.url).pathname })
    return problemResponse(refusal)
  }

  return async (request, from) => {
    const answer = await app.fetch(request, { address: from?.address })
    return proofs.handOut(request, withHeaders(answer, request, options))
  }
}

function bearerRefusal({ status, headers, body }: Refused): Response {
  return new Response(body, { status, headers })
}

/** What every answer carries, whoever wrote it. */
function withHeaders(answer: Response, request: Request, { origins, https }: RouteOptions): Response {
  const { headers } = answer
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  if (https) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
  headers.append('vary', 'Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Purpose')
  for (const [name, value] of Object.entries(corsHeaders(request.headers.get('origin'), origins)))
    headers.set(name, value)
  return answer
}
