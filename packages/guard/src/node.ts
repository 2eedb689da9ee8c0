// Plain node:http: `createServer(bearer(guard, (request, response) => response.end(request.auth.subject)))`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorizationOf, proofRequestOf } from './authorization.ts'
import type { Auth, Guard } from './guard.ts'

/**
 * Wraps a request handler: it is called with `request.auth`, or not at all and the answer is 401 with `WWW-Authenticate` (RFC 6750).
 * What the handler throws or rejects with is handed on.
 */
export function bearer<Request extends IncomingMessage, Response extends ServerResponse>(
  guard: Pick<Guard, 'check'>,
  handler: (request: Request & { readonly auth: Auth }, response: Response) => unknown,
): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    const checked = await guard.check(authorizationOf(request), proofRequestOf(request, request.url))
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
