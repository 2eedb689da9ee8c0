// Plain node:http: `createServer(bearer(guard, (request, response) => response.end(request.auth.subject)))`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorizationOf, proofRequestOf, ticketAddress } from './authorization.ts'
import type { Auth, Checked, Guard } from './guard.ts'

type Handler<Request, Response> = (request: Request & { readonly auth: Auth }, response: Response) => unknown
type Listener<Request, Response> = (request: Request, response: Response) => Promise<void>

/**
 * Wraps a request handler: it is called with `request.auth`, or not at all and the answer is 401 with `WWW-Authenticate` (RFC 6750).
 * What the handler throws or rejects with is handed on.
 */
export function bearer<Request extends IncomingMessage, Response extends ServerResponse>(
  guard: Pick<Guard, 'check'>,
  handler: Handler<Request, Response>,
): Listener<Request, Response> {
  return door((request) => guard.check(authorizationOf(request), proofRequestOf(request, request.url)), handler)
}

/** The same for a GET with a ticket in its address; the answer is 403. For a WebSocket ask `guard.checkTicket(request.url)`. */
export function ticket<Request extends IncomingMessage, Response extends ServerResponse>(
  guard: Pick<Guard, 'checkTicket'>,
  handler: Handler<Request, Response>,
): Listener<Request, Response> {
  return door((request) => guard.checkTicket(ticketAddress(request)), handler)
}

function door<Request extends IncomingMessage, Response extends ServerResponse>(
  check: (request: Request) => Checked | Promise<Checked>,
  handler: Handler<Request, Response>,
): Listener<Request, Response> {
  return async (request, response) => {
    const checked = await check(request)
    if (checked.ok) {
      for (const [name, value] of Object.entries(checked.headers ?? {})) response.setHeader(name, value)
      await handler(Object.assign(request, { auth: checked.auth }), response)
      return
    }
    const { status, headers, body } = checked.refusal
    response.statusCode = status
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.end(body)
  }
}
