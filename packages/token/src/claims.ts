// What a token says, and whether it says it to us, now (RFC 7519 §4.1). Pure checks: claims, rules and a time in, an error or
// nothing out.
import { TokenError } from './errors.ts'

/** Claims as somebody wants them signed; times in seconds (RFC 7519 NumericDate). */
export interface Claims {
  readonly iss?: string | undefined
  readonly sub?: string | undefined
  readonly aud?: string | readonly string[] | undefined
  readonly exp?: number | undefined
  readonly nbf?: number | undefined
  readonly iat?: number | undefined
  readonly jti?: string | undefined
  readonly [name: string]: unknown
}

/** Claims that were verified: issuer, audience and expiry are there. Times in seconds. */
export interface VerifiedClaims extends Claims {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly exp: number
}

/** What a verifier demands, after its options were read. Times in seconds. */
export interface ClaimRules {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly tolerance: number
  readonly maxLifetime: number
  readonly required: readonly string[]
}

/** The last second of the year 9999: later dates are milliseconds taken for seconds. */
const MAX_DATE = 253_402_300_799
/** OpenID Connect Core §2: a subject is at most 255 characters. The same bound serves for the id of a token. */
const MAX_ID = 255

/**
 * Checks the claims of a genuine token.
 *
 * @param now in seconds, with its fraction
 * @throws TokenError
 */
export function checkClaims(claims: Readonly<Record<string, unknown>>, rules: ClaimRules, now: number): void {
  checkIssuer(claims['iss'], rules)
  checkAudience(claims['aud'], rules)
  checkId(claims['sub'], 'sub')
  checkId(claims['jti'], 'jti')
  checkTimes(claims['exp'], claims['nbf'], claims['iat'], rules, now)
  for (const name of rules.required) {
    if (!Object.hasOwn(claims, name)) throw new TokenError('claim_missing', `claim ${name} is missing`, name)
  }
  // RFC 7800 §3: a token bound to a key is worth nothing without proof of that key, and a bearer brings none.
  if (claims['cnf'] !== undefined) throw new TokenError('proof_required', 'the token is bound to a key', 'cnf')
}

/**
 * Checks what time does to a token; also on each hit of a cache.
 *
 * A token is dead at `exp` and not alive before `nbf`, each moved by the tolerance; `exp` itself is dead (RFC 7519 §4.1.4).
 *
 * @param now in seconds, with its fraction
 * @throws TokenError
 */
export function checkTimes(exp: unknown, nbf: unknown, iat: unknown, rules: ClaimRules, now: number): void {
  if (exp === undefined) throw new TokenError('claim_missing', 'claim exp is missing', 'exp')
  if (!isDate(exp)) throw new TokenError('claim_invalid', 'claim exp is not a date', 'exp')
  if (now >= exp + rules.tolerance) throw new TokenError('expired', 'the token has expired', 'exp')
  if (exp - now > rules.maxLifetime + rules.tolerance) {
    throw new TokenError('claim_invalid', 'claim exp is further ahead than tokens live', 'exp')
  }
  if (nbf !== undefined) checkStart(nbf, 'nbf', rules, now)
  // RFC 7519 does not ask for it, but a token from the future is a wrong clock or a forged date.
  if (iat !== undefined) checkStart(iat, 'iat', rules, now)
}

function checkStart(value: unknown, name: string, rules: ClaimRules, now: number): void {
  if (!isDate(value)) throw new TokenError('claim_invalid', `claim ${name} is not a date`, name)
  if (value > now + rules.tolerance) throw new TokenError('not_yet_valid', `claim ${name} is in the future`, name)
}

/** RFC 7519 §4.1.1, RFC 8725 §3.8: one string, equal to the last character. */
function checkIssuer(iss: unknown, rules: ClaimRules): void {
  if (iss === undefined) throw new TokenError('claim_missing', 'claim iss is missing', 'iss')
  if (typeof iss !== 'string') throw new TokenError('claim_invalid', 'claim iss is not a string', 'iss')
  if (iss !== rules.issuer) throw new TokenError('issuer_mismatch', 'the token is from another issuer', 'iss')
}

/** RFC 7519 §4.1.3, RFC 8725 §3.9: one string or several; one of them is us. Others may be there: a token can be for several. */
function checkAudience(aud: unknown, rules: ClaimRules): void {
  if (aud === undefined) throw new TokenError('claim_missing', 'claim aud is missing', 'aud')
  if (typeof aud === 'string') {
    if (rules.audience.includes(aud)) return
  } else {
    if (!Array.isArray(aud) || !aud.every((one) => typeof one === 'string')) {
      throw new TokenError('claim_invalid', 'claim aud is neither a string nor a list of strings', 'aud')
    }
    if (aud.some((one) => rules.audience.includes(one))) return
  }
  throw new TokenError('audience_mismatch', 'the token is for another audience', 'aud')
}

/** RFC 7519 §4.1.2, §4.1.7: what may be absent, but not of another form. */
function checkId(value: unknown, name: string): void {
  if (value !== undefined && (typeof value !== 'string' || value === '' || value.length > MAX_ID)) {
    throw new TokenError('claim_invalid', `claim ${name} is not a string of 1 to ${MAX_ID} characters`, name)
  }
}

/** RFC 7519 §2, NumericDate: seconds since 1970, perhaps with a fraction. */
export function isDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DATE
}
