// The answers a guard gives when it says no (RFC 6750 section 3, RFC 9457). Every invalid token gets the same bytes: what was wrong
// with it is nobody's business but the issuer's.

export type RefusedCode =
  | 'token_required'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'invalid_ticket'
  | 'use_dpop_nonce'
  | 'keys_unavailable'
  | 'revocations_stale'
  | 'replays_unavailable'

/** A refusal, ready to be sent: status, headers and a problem document. */
export interface Refused {
  readonly status: 401 | 403 | 503
  readonly code: RefusedCode
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const refused = (
  status: Refused['status'],
  code: RefusedCode,
  title: string,
  header: Readonly<Record<string, string>>,
): Refused =>
  Object.freeze({
    status,
    code,
    headers: Object.freeze({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      ...header,
    }),
    body: JSON.stringify({ type: `urn:hallpass:problem:${code}`, title, status, code }),
  })

/** Nothing that could be a bearer token: no error code, as the client may not know that one is needed (RFC 6750, 3.1). */
export const tokenRequired: Refused = refused(401, 'token_required', 'An access token is required', {
  'www-authenticate': 'Bearer',
})

export const invalidToken: Refused = refused(401, 'invalid_token', 'The access token is not valid', {
  'www-authenticate': 'Bearer error="invalid_token"',
})

/** The key may be one the issuer has just made: the token is not called invalid for that, or the client would throw it away. */
export const keysUnavailable: Refused = refused(503, 'keys_unavailable', 'The keys are not available for the moment', {
  'retry-after': '5',
})

export const revocationsStale: Refused = refused(
  503,
  'revocations_stale',
  'It is not known for the moment who has signed out',
  { 'retry-after': '5' },
)

/** A bound token that is not valid: as above, under the scheme it came by (RFC 9449, 7.1). */
export const invalidBoundToken: Refused = refused(401, 'invalid_token', 'The access token is not valid', {
  'www-authenticate': 'DPoP error="invalid_token", algs="ES256"',
})

/** The token may be good; who sent it has not shown that it is theirs. Made anew, the proof may pass. */
export const invalidProof: Refused = refused(401, 'invalid_dpop_proof', 'The proof of the key is not valid', {
  'www-authenticate': 'DPoP error="invalid_dpop_proof", algs="ES256"',
})

/** The same proof with a nonce that is good now will do (RFC 9449, 9). */
export const useNonce: Refused = refused(401, 'use_dpop_nonce', 'The proof of the key needs another nonce', {
  'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"',
})

export const replaysUnavailable: Refused = refused(
  503,
  'replays_unavailable',
  'It is not known for the moment whether this proof was used before',
  { 'retry-after': '1' },
)

/**
 * No ticket, or none that is good here and now. Not 401: that asks for credentials of a kind that has a name (RFC 9110, 15.5.2), and
 * would make a client send the same again.
 */
export const invalidTicket: Refused = refused(
  403,
  'invalid_ticket',
  'The ticket is not valid here, or not any more',
  {},
)

/** The same refusal with the nonce to use next, when there is one. */
export function withNonce(refusal: Refused, nonce: string | undefined): Refused {
  return nonce === undefined ? refusal : { ...refusal, headers: { ...refusal.headers, 'dpop-nonce': nonce } }
}
