// Mints tickets: what a WebSocket, an EventSource or a download carries in its address in the place of a token it has no header for.
import { sign, type Key } from '@hallpass/token'
import { z } from 'zod'
import { json } from '../http/answer.ts'
import { readBody } from '../http/body.ts'
import type { AuthHandler } from '../http/exchange.ts'
import { Refusal } from '../http/problem.ts'
import type { Store } from '../store/store.ts'

/** A kind of its own (RFC 8725, section 3.11): as an access token it is worth nothing, nor is an access token worth anything as one. */
const TYPE = 'ticket+jwt'
/** Seconds: from asking for it to opening what it is for. */
const LIFETIME = 30

const ticketBody = z.object({ path: z.string().min(1).max(1024), audience: z.string().min(1).max(512).optional() })

/**
 * Makes the handler of `POST ticket`, for whoever shows a valid access token.
 *
 * @param options `audiences`: those that a ticket may be for; the issuer when none is asked for
 */
export function createTicketHandler(options: {
  readonly store: Pick<Store, 'session'>
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly signer: () => Promise<Key>
  readonly uuid: () => string
  readonly now: () => number
}): AuthHandler {
  const { store, issuer, audiences, signer, uuid, now } = options

  return async ({ request }, auth) => {
    const { path, audience = issuer } = await readBody(request, ticketBody)
    // As browsers spell it: it will be compared with what they ask for.
    if (!URL.canParse(issuer + path) || new URL(issuer + path).pathname !== path)
      throw new Refusal('invalid_input', { member: 'path' })
    if (!audiences.has(audience)) throw new Refusal('unknown_audience')
    // The one look into the store: a sign-out at another node may not have been heard of here.
    const session = await store.session(auth.sessionId)
    const issuedAt = Math.floor(now() / 1000)
    const expiresAt = Math.min(issuedAt + LIFETIME, Math.floor((session?.expiresAt ?? 0) / 1000))
    if (session === undefined || session.endedAt !== null || expiresAt <= issuedAt) throw new Refusal('session_ended')

    // What the access token says of the person, without the key it may be bound to: a browser that opens an address proves nothing.
    const { cnf: _, ...claims } = auth.claims
    const ticket = await sign(
      { ...claims, aud: audience, path, jti: uuid(), iat: issuedAt, exp: expiresAt },
      await signer(),
      { type: TYPE },
    )
    return json({ ticket, expiresIn: expiresAt - issuedAt })
  }
}
