// The check: one Authorization header in, who it is or a refusal out. No call, no database; the file to read first.
import { createVerifier, TokenError, type Algorithm, type KeySource, type TokenErrorCode } from '@hallpass/token'
import { readAccessClaims, type AccessClaims } from './access-claims.ts'
import { readBearer } from './bearer.ts'
import { createBoundCheck } from './bound.ts'
import { KeysUnavailable } from './keys-unavailable.ts'
import type { ProofFailure, ProofRequest, Proofs } from './proofs.ts'
import { invalidToken, keysUnavailable, tokenRequired, type Refused } from './refused.ts'
import type { LoadFailure } from './remote-document.ts'
import type { RevocationView } from './revocation-view.ts'
import { createTicketCheck } from './ticket.ts'

/** Who makes this request. */
export interface Auth {
  readonly subject: string
  readonly sessionId: string
  readonly claims: AccessClaims
}

export type Checked =
  /** `headers`, where there are some, belong on the answer: the next nonce for proofs. */
  | { readonly ok: true; readonly auth: Auth; readonly headers?: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly refusal: Refused }

/** How fresh a guard's knowledge is; what is of this process is never old. */
export interface GuardHealth {
  /** Whether nothing is older than it should be. */
  readonly ok: boolean
  readonly keys: Freshness
  /** `live`: a sign-out is known as it happens; else when the list is next asked for. */
  readonly revocations: Freshness & { readonly count: number; readonly live: boolean }
}

export interface Freshness {
  /** When it was last fetched, in milliseconds since 1970; null for never. */
  readonly fetchedAt: number | null
  readonly stale: boolean
  /** Why the last attempt failed; null when it did not. */
  readonly failure: LoadFailure | null
}

export interface Guard {
  /**
   * Checks the Authorization header of a request; all its values where the server keeps each. Never throws for bad input.
   * Synchronous for a bearer as long as the keys are at hand.
   *
   * @param request what a proof is held against; without it a token that is bound to a key is refused
   */
  check(
    authorization: string | readonly string[] | null | undefined,
    request?: ProofRequest,
  ): Checked | Promise<Checked>
  /**
   * Checks the ticket in the address of a request that can carry no header: `?ticket=…` of a WebSocket, an EventSource, a download. It is
   * good for the path it was made for, once in this process. Never throws for bad input.
   *
   * @param address as it was asked for: `request.url` of Node, or the whole
   */
  checkTicket(address: string | null | undefined): Checked | Promise<Checked>
  health(): GuardHealth
  close(): void
}

export interface GuardOptions {
  /** The `iss` that tokens must have. */
  readonly issuer: string
  /** What this service is called in `aud`; several names when it answers to several. */
  readonly audience: string | readonly string[]
  readonly keys: KeySource
  readonly algorithms: readonly Algorithm[]
  readonly revocations: RevocationView
  /** How far clocks may be apart, in seconds; 5 when not given. */
  readonly clockTolerance?: number
  /** The longest an access token may still have to live, in seconds; no limit when not given. */
  readonly maxLifetime?: number
  /** How tokens that are bound to a key are proven; without it they are refused. */
  readonly proofs?: Proofs
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Hears the result of every check, for metrics: why a token was refused is for whoever runs the service, never for the caller. */
  readonly onChecked?: (result: CheckResult) => void
}

/** What came of a check: more than its answer tells. */
export type CheckResult =
  | 'accepted'
  | 'token_required'
  | 'revoked'
  | 'keys_unavailable'
  | 'revocations_stale'
  | 'ticket_elsewhere'
  | 'ticket_used'
  | ProofFailure
  | TokenErrorCode

/** The media type of an access token (RFC 9068, section 2.1). */
const TYPE = 'at+jwt'
/** Seconds. */
export const CLOCK_TOLERANCE = 5

const OWN: Freshness = Object.freeze({ fetchedAt: null, stale: false, failure: null })
const REQUIRED: Checked = Object.freeze({ ok: false, refusal: tokenRequired })
const INVALID: Checked = Object.freeze({ ok: false, refusal: invalidToken })
const KEYS_UNAVAILABLE: Checked = Object.freeze({ ok: false, refusal: keysUnavailable })

/**
 * Creates a guard over keys and revocations of this process: what the server uses, and what `guard()` stands on.
 *
 * @throws TypeError when an option is missing or makes no sense
 */
export function createGuard(options: GuardOptions): Guard {
  const { issuer, audience, keys, algorithms, revocations, now = Date.now } = options
  const { clockTolerance = CLOCK_TOLERANCE, maxLifetime = Infinity } = options
  const demands = {
    algorithms,
    type: TYPE,
    issuer,
    audience,
    clockTolerance,
    maxLifetime,
    // What costs is the signature; what can change, key, time and revocation, is looked at each time (docs/decisions/028).
    cache: {},
    now,
  }
  const verify = createVerifier(keys, demands)

  const { onChecked } = options
  const told = (result: CheckResult, answer: Checked): Checked => {
    onChecked?.(result)
    return answer
  }

  const accept = ({ claims: verified }: { readonly claims: Readonly<Record<string, unknown>> }): Checked => {
    const claims = readAccessClaims(verified)
    if (claims === undefined) return told('claim_invalid', INVALID)
    if (revocations.has(claims.sid)) return told('revoked', INVALID)
    onChecked?.('accepted')
    return { ok: true, auth: { subject: claims.sub, sessionId: claims.sid, claims } }
  }

  /** What is neither a bad token nor keys out of reach is a bug, and no answer hides it. */
  const refuse = (error: unknown): Checked => {
    if (error instanceof TokenError) return told(error.code, INVALID)
    if (error instanceof KeysUnavailable) return told('keys_unavailable', KEYS_UNAVAILABLE)
    throw error
  }

  const { proofs } = options
  const checkBound =
    proofs && createBoundCheck(createVerifier(keys, { ...demands, keyBound: true }), proofs, revocations, told)

  const { cache: _, ...ofTickets } = demands

  return {
    checkTicket: createTicketCheck(keys, ofTickets, revocations, told),
    check(authorization, request) {
      const credentials = readBearer(authorization)
      if (credentials.kind === 'none') return told('token_required', REQUIRED)
      if (credentials.kind === 'dpop')
        return checkBound?.(credentials.token, request) ?? told('token_required', REQUIRED)
      if (credentials.kind === 'malformed') return told('malformed', INVALID)
      try {
        const verified = verify(credentials.token)
        return verified instanceof Promise ? verified.then(accept).catch(refuse) : accept(verified)
      } catch (error) {
        return refuse(error)
      }
    },
    health: () => ({
      ok: true,
      keys: OWN,
      revocations: { ...OWN, count: revocations.snapshot().length, live: true },
    }),
    close: () => undefined,
  }
}
