// The claims of an access token (RFC 9068, section 2.2; docs/design.md, "Wire"), read from what the signature covers.

/** What an access token of Hallpass says; times are seconds since 1970. */
export interface AccessClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
  /** Who: the id of the user, opaque to services. */
  readonly sub: string
  /** The session the token was minted in: what a sign-out ends. */
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  /** When and how the person proved who they are (OpenID Connect Core section 2, RFC 8176). */
  readonly auth_time: number
  readonly amr: readonly string[]
  /** The key that the token is bound to, by its thumbprint (RFC 9449, section 6.1). */
  readonly cnf?: { readonly jkt: string }
  readonly [claim: string]: unknown
}

/** Reads verified claims; undefined when they are not those of an access token. */
export function readAccessClaims(claims: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  return isAccessClaims(claims) ? claims : undefined
}

function isAccessClaims(claims: Readonly<Record<string, unknown>>): claims is AccessClaims {
  return (
    isName(claims['sub']) &&
    isName(claims['sid']) &&
    isName(claims['jti']) &&
    typeof claims['iss'] === 'string' &&
    Number.isFinite(claims['iat']) &&
    Number.isFinite(claims['exp']) &&
    Number.isFinite(claims['auth_time']) &&
    Array.isArray(claims['amr']) &&
    claims['amr'].every((method) => typeof method === 'string')
  )
}

/** Not empty, and no lone surrogate: a name must survive being written in UTF-8, or two of them could become one. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed()
}
