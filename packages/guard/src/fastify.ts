// Fastify: `app.get('/me', { onRequest: bearer(guard) }, (request) => request.auth.subject)`; as `preHandler` it works too, but
// only after the body has been read.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authorizationOf, proofRequestOf, ticketAddress } from './authorization.ts'
import type { Auth, Checked, Guard } from './guard.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes this request; there behind `bearer(guard)`, undefined elsewhere, so that code which forgot it fails closed. */
    auth: Auth
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/** Lets a request through with `request.auth`, or answers 401 with `WWW-Authenticate` (RFC 6750). */
export function bearer(guard: Pick<Guard, 'check'>): Hook {
  return door(({ raw, originalUrl }) => guard.check(authorizationOf(raw), proofRequestOf(raw, originalUrl)))
}

/** Lets a GET with a ticket in its address through with `request.auth`, or answers 403. */
export function ticket(guard: Pick<Guard, 'checkTicket'>): Hook {
  return door(({ raw, originalUrl }) => guard.checkTicket(ticketAddress(raw, originalUrl)))
}

function door(check: (request: FastifyRequest) => Checked | Promise<Checked>): Hook {
  return async (request, reply) => {
    const checked = await check(request)
    if (checked.ok) {
      request.auth = checked.auth
      if (checked.headers !== undefined) reply.headers(checked.headers)
      return undefined
    }
    const { status, headers, body } = checked.refusal
    return reply.code(status).headers(headers).send(body)
  }
}
