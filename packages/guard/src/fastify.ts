// Fastify: `app.get('/me', { onRequest: bearer(guard) }, (request) => request.auth.subject)`; as `preHandler` it works too, but
// only after the body has been read.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authorizationOf, proofRequestOf } from './authorization.ts'
import type { Auth, Guard } from './guard.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes this request; there behind `bearer(guard)`, undefined elsewhere, so that code which forgot it fails closed. */
    auth: Auth
  }
}

/** Lets a request through with `request.auth`, or answers 401 with `WWW-Authenticate` (RFC 6750). */
export function bearer(
  guard: Pick<Guard, 'check'>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const checked = await guard.check(authorizationOf(request.raw), proofRequestOf(request.raw, request.originalUrl))
    if (checked.ok) {
      request.auth = checked.auth
      if (checked.headers !== undefined) reply.headers(checked.headers)
      return undefined
    }
    const { status, headers, body } = checked.refusal
    return reply.code(status).headers(headers).send(body)
  }
}
