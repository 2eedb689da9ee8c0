// Hono, on every runtime it has: `app.get('/me', bearer(guard), (c) => c.text(c.get('auth').subject))`.
import type { MiddlewareHandler } from 'hono'
import type { Auth, Checked, Guard } from './guard.ts'

type Middleware = MiddlewareHandler<{ Variables: { auth: Auth } }>

/** Lets a request through with `c.get('auth')`, or answers 401 with `WWW-Authenticate` (RFC 6750). */
export function bearer(guard: Pick<Guard, 'check'>): Middleware {
  return door(({ method, url, header }) =>
    // Headers joins two of them with a comma, which no token68 has: refused (RFC 9110, 5.3).
    guard.check(header('authorization'), { method, url, dpop: header('dpop') }),
  )
}

/** Lets a GET with a ticket in its address through with `c.get('auth')`, or answers 403. */
export function ticket(guard: Pick<Guard, 'checkTicket'>): Middleware {
  return door(({ method, url }) => guard.checkTicket(method === 'GET' ? url : undefined))
}

function door(
  check: (request: {
    readonly method: string
    readonly url: string
    readonly header: (name: string) => string | undefined
  }) => Checked | Promise<Checked>,
): Middleware {
  return async (c, next) => {
    const checked = await check({ method: c.req.method, url: c.req.url, header: (name) => c.req.header(name) })
    if (checked.ok) {
      c.set('auth', checked.auth)
      for (const [name, value] of Object.entries(checked.headers ?? {})) c.header(name, value)
      return next()
    }
    const { status, headers, body } = checked.refusal
    return c.body(body, status, headers)
  }
}
