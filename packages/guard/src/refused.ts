// The answers a guard gives when it says no (RFC 6750 section 3, RFC 9457). Every invalid token gets the same bytes: what was wrong
// with it is nobody's business but the issuer's.

export type RefusedCode = 'token_required' | 'invalid_token' | 'keys_unavailable' | 'revocations_stale'

/** A refusal, ready to be sent: status, headers and a problem document. */
export interface Refused {
  readonly status: 401 | 503
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
