// What a token says, and whether it says it to us, now (RFC 7519 §4.1). Pure checks: claims, rules and a time in, an error or
// nothing out.
import { refuse, type TokenErrorCode } from './errors.ts'

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
  /** Whether tokens must be bound to a key; otherwise they must not. */
  readonly keyBound: boolean
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
    if (!Object.hasOwn(claims, name)) wrong('claim_missing', name, 'is missing')
  }
  if (rules.keyBound) checkConfirmation(claims['cnf'])
  // RFC 7800 §3: a token bound to a key is worth nothing without proof of that key, and a bearer brings none.
  else if (claims['cnf'] !== undefined) wrong('proof_required', 'cnf', 'binds the token to a key')
}

/** RFC 9449 §6.1: the thumbprint of the key, and no other way to confirm it that nobody would check. */
function checkConfirmation(cnf: unknown): void {
  if (cnf === undefined) wrong('claim_missing', 'cnf', 'is missing')
  const { jkt, ...others } = Object(cnf) as Readonly<Record<string, unknown>>
  // A SHA-256 in base64url (RFC 7638 §3).
  if (typeof jkt !== 'string' || !/^[\w-]{43}$/.test(jkt) || Object.keys(others).length > 0) {
    wrong('claim_invalid', 'cnf', 'does not name one key by its thumbprint')
  }
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
  if (exp === undefined) wrong('claim_missing', 'exp', 'is missing')
  if (!isDate(exp)) return wrong('claim_invalid', 'exp', 'is not a date')
  if (now >= exp + rules.tolerance) wrong('expired', 'exp', 'has passed')
  if (exp - now > rules.maxLifetime + rules.tolerance) {
    wrong('claim_invalid', 'exp', 'is further ahead than tokens live')
  }
  if (nbf !== undefined) checkStart(nbf, 'nbf', rules, now)
  // RFC 7519 does not ask for it, but a token from the future is a wrong clock or a forged date.
  if (iat !== undefined) checkStart(iat, 'iat', rules, now)
}

function checkStart(value: unknown, name: string, rules: ClaimRules, now: number): void {
  if (!isDate(value)) return wrong('claim_invalid', name, 'is not a date')
  if (value > now + rules.tolerance) wrong('not_yet_valid', name, 'is in the future')
}

/** RFC 7519 §4.1.1, RFC 8725 §3.8: one string, equal to the last character. */
function checkIssuer(iss: unknown, rules: ClaimRules): void {
  if (iss === undefined) wrong('claim_missing', 'iss', 'is missing')
  if (typeof iss !== 'string') wrong('claim_invalid', 'iss', 'is not a string')
  if (iss !== rules.issuer) wrong('issuer_mismatch', 'iss', 'is another issuer')
}

/** RFC 7519 §4.1.3, RFC 8725 §3.9: one string or several; one of them is us. Others may be there: a token can be for several. */
function checkAudience(aud: unknown, rules: ClaimRules): void {
  if (aud === undefined) wrong('claim_missing', 'aud', 'is missing')
  if (typeof aud === 'string') {
    if (rules.audience.includes(aud)) return
  } else {
    if (!Array.isArray(aud) || !aud.every((one) => typeof one === 'string')) {
      return wrong('claim_invalid', 'aud', 'is neither a string nor a list of strings')
    }
    if (aud.some((one) => rules.audience.includes(one))) return
  }
  wrong('audience_mismatch', 'aud', 'is another audience')
}

/** RFC 7519 §4.1.2, §4.1.7: what may be absent, but not of another form. */
function checkId(value: unknown, name: string): void {
  if (value !== undefined && (typeof value !== 'string' || value === '' || value.length > MAX_ID)) {
    wrong('claim_invalid', name, `is not a string of 1 to ${MAX_ID} characters`)
  }
}

/** RFC 7519 §2, NumericDate: seconds since 1970, perhaps with a fraction. */
export function isDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DATE
}

function wrong(code: TokenErrorCode, claim: string, why: string): never {
  return refuse(code, `claim ${claim} ${why}`, claim)
}
