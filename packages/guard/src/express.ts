// Express (and anything else that speaks connect): `app.get('/me', bearer(guard), (req, res) => res.json(req.auth.subject))`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorizationOf, proofRequestOf, ticketAddress } from './authorization.ts'
import type { Auth, Checked, Guard } from './guard.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who makes this request; there behind `bearer(guard)`, undefined elsewhere, so that code which forgot it fails closed. */
      auth: Auth
    }
  }
}

type Incoming = IncomingMessage & { auth?: Auth; originalUrl?: string }
type Middleware = (request: Incoming, response: ServerResponse, next: (error?: unknown) => void) => void

/** Lets a request through with `request.auth`, or answers 401 with `WWW-Authenticate` (RFC 6750). */
export function bearer(guard: Pick<Guard, 'check'>): Middleware {
  return door((request) =>
    guard.check(authorizationOf(request), proofRequestOf(request, request.originalUrl ?? request.url)),
  )
}

/** Lets a GET with a ticket in its address through with `request.auth`, or answers 403. */
export function ticket(guard: Pick<Guard, 'checkTicket'>): Middleware {
  return door((request) => guard.checkTicket(ticketAddress(request, request.originalUrl)))
}

function door(check: (request: Incoming) => Checked | Promise<Checked>): Middleware {
  return (request, response, next) => {
    const decide = (checked: Checked) => {
      if (checked.ok) {
        request.auth = checked.auth
        for (const [name, value] of Object.entries(checked.headers ?? {})) response.setHeader(name, value)
        next()
        return
      }
      const { status, headers, body } = checked.refusal
      response.statusCode = status
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      response.end(body)
    }
    const checked = check(request)
    if (!(checked instanceof Promise)) {
      decide(checked)
      return
    }
    const later = async () => {
      try {
        decide(await checked)
      } catch (error) {
        next(error)
      }
    }
    void later()
  }
}
