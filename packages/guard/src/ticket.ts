// Tickets: for what a browser asks without headers (a WebSocket, an EventSource, a download), where a token would have to stand in the
// address and addresses are written down everywhere. So what stands there is good for one path, once, for half a minute.
import { createVerifier, TokenError, type VerifiedClaims, type VerifyOptions } from '@hallpass/token'
import type { KeySource } from '@hallpass/token'
import { readAccessClaims } from './access-claims.ts'
import type { Checked, CheckResult } from './guard.ts'
import { KeysUnavailable } from './keys-unavailable.ts'
import { invalidTicket, keysUnavailable } from './refused.ts'
import type { RevocationView } from './revocation-view.ts'

/** The kind of token (RFC 8725, section 3.11): no ticket is an access token, and no access token a ticket. */
export const TICKET_TYPE = 'ticket+jwt'
/** Seconds that a ticket may be ahead of its end: twice what the server gives. */
const LONGEST = 60

const INVALID: Checked = Object.freeze({ ok: false, refusal: invalidTicket })
const KEYS_UNAVAILABLE: Checked = Object.freeze({ ok: false, refusal: keysUnavailable })

/** An address as it was asked for: the whole, or the path and what follows it. */
const ADDRESS = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)\?([^#]*)/i

/**
 * Makes the check of tickets for a guard.
 *
 * @param demands what is demanded of its access tokens, but for their type
 * @param told hears the result of each check, and gives back its answer
 */
export function createTicketCheck(
  keys: KeySource,
  demands: Omit<VerifyOptions, 'type' | 'maxLifetime' | 'now'> & { readonly now: () => number },
  revocations: Pick<RevocationView, 'has'>,
  told: (result: CheckResult, answer: Checked) => Checked,
): (address: string | null | undefined) => Checked | Promise<Checked> {
  const { now, clockTolerance = 0 } = demands
  const verify = createVerifier(keys, { ...demands, type: TICKET_TYPE, maxLifetime: LONGEST, required: ['path'] })
  /** The tickets that were used, until they would be refused anyway; oldest first, as all live equally long. */
  const used = new Map<string, number>()

  const accept = (verified: VerifiedClaims, path: string): Checked => {
    const claims = readAccessClaims(verified)
    if (claims === undefined) return told('claim_invalid', INVALID)
    if (revocations.has(claims.sid)) return told('revoked', INVALID)
    // As it was asked for, not as something makes of it: two spellings of a path are two paths.
    if (claims['path'] !== path) return told('ticket_elsewhere', INVALID)
    const time = now() / 1000
    for (const [jti, until] of used) {
      if (until > time) break
      used.delete(jti)
    }
    if (used.has(claims.jti)) return told('ticket_used', INVALID)
    used.set(claims.jti, claims.exp + clockTolerance)
    return told('accepted', { ok: true, auth: { subject: claims.sub, sessionId: claims.sid, claims } })
  }

  /** What is neither a bad ticket nor keys out of reach is a bug, and no answer hides it. */
  const refuse = (error: unknown): Checked => {
    if (error instanceof TokenError) return told(error.code, INVALID)
    if (error instanceof KeysUnavailable) return told('keys_unavailable', KEYS_UNAVAILABLE)
    throw error
  }

  return (address) => {
    const [, path = '', query = ''] = ADDRESS.exec(address ?? '') ?? []
    const [ticket, ...more] = new URLSearchParams(query).getAll('ticket')
    if (ticket === undefined) return told('token_required', INVALID)
    // Two parties on the way could each have believed another one.
    if (more.length > 0) return told('malformed', INVALID)
    try {
      const verified = verify(ticket)
      return verified instanceof Promise
        ? verified.then(({ claims }) => accept(claims, path)).catch(refuse)
        : accept(verified.claims, path)
    } catch (error) {
      return refuse(error)
    }
  }
}
