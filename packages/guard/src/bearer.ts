// Reads the Authorization header (RFC 6750 section 2.1, RFC 9110 section 11.4). The header is the only place a token is looked for:
// never the query, the body or a cookie (RFC 9700, 2.2).

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'bearer'; readonly token: string }
  /** A token that goes with a proof of its key (RFC 9449 section 7.1). */
  | { readonly kind: 'dpop'; readonly token: string }

const NONE: Credentials = { kind: 'none' }
const MALFORMED: Credentials = { kind: 'malformed' }

/** The scheme in any case, one space or more, exactly one token68 and nothing after it: a comma is a second credential. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const DPOP = /^dpop +([A-Za-z0-9\-._~+/]+=*)$/i

/**
 * Reads what the Authorization header holds.
 *
 * @param authorization its value, or all its values where the server keeps each: two of them are refused, as two parties on the way
 * could each have believed another one
 */
export function readBearer(authorization: string | readonly string[] | null | undefined): Credentials {
  if (typeof authorization !== 'string') {
    if (authorization === null || authorization === undefined || authorization.length === 0) return NONE
    const [only] = authorization
    return authorization.length === 1 && only !== undefined ? readBearer(only) : MALFORMED
  }
  const token = BEARER.exec(authorization)?.[1]
  if (token !== undefined) return { kind: 'bearer', token }
  const bound = DPOP.exec(authorization)?.[1]
  if (bound !== undefined) return { kind: 'dpop', token: bound }
  // Another scheme is a client that does not know what is wanted here. A scheme of ours with something odd behind it is an invalid
  // token, and so is a comma: that is how two headers look where they have been joined.
  return /^(?:bearer|dpop)(?![A-Za-z0-9!#$%&'*+\-.^_`|~])/i.test(authorization) || authorization.includes(',')
    ? MALFORMED
    : NONE
}
