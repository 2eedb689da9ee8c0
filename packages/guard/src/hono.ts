// Hono, on every runtime it has: `app.get('/me', bearer(guard), (c) => c.text(c.get('auth').subject))`.
import type { MiddlewareHandler } from 'hono'
import type { Auth, Guard } from './guard.ts'

/** Lets a request through with `c.get('auth')`, or answers 401 with `WWW-Authenticate` (RFC 6750). */
export function bearer(guard: Pick<Guard, 'check'>): MiddlewareHandler<{ Variables: { auth: Auth } }> {
  return async (c, next) => {
    // Headers joins two of them with a comma, which no token68 has: refused (RFC 9110, 5.3).
    const checked = await guard.check(c.req.header('authorization'), {
      method: c.req.method,
      url: c.req.url,
      dpop: c.req.header('dpop'),
    })
    if (checked.ok) {
      c.set('auth', checked.auth)
      for (const [name, value] of Object.entries(checked.headers ?? {})) c.header(name, value)
      return next()
    }
    const { status, headers, body } = checked.refusal
    return c.body(body, status, headers)
  }
}
