// Verification of a token, from first to last check. Read this file first.
//
//  1. a string of bounded length, three parts, each canonical base64url       compact.ts   RFC 7515 §2, §5.2, §7.1
//  2. the header: strict JSON, no member twice, nothing critical, no own key   header.ts    RFC 7515 §4, §4.1.11; RFC 8725 §3.10
//  3. `alg` is one the verifier stated                                         header.ts    RFC 8725 §3.1
//  4. `typ` is the one the verifier stated                                     header.ts    RFC 8725 §3.11; RFC 9068 §4
//  5. the key: ours, found by `kid`, serving exactly this algorithm            jws.ts       RFC 8725 §3.1, §3.10
//  6. the signature                                                            crypto/      RFC 7515 §5.2; RFC 7518 §3
//  7. the claims: strict JSON, no member twice                                 json.ts      RFC 7519 §4, §7.2
//  8. `iss` is the one stated; `aud` names us                                  claims.ts    RFC 7519 §4.1.1, §4.1.3; RFC 8725 §3.8, §3.9
//  9. `exp` is there and ahead; `nbf` and `iat` are not                        claims.ts    RFC 7519 §4.1.4 to §4.1.6
// 10. what else must be there; not bound to a key nobody proved                claims.ts    RFC 7800 §3
import { readAlgorithms, type Algorithm } from './algorithms.ts'
import { createTokenCache, type CacheOptions, type CachedToken, type TokenCache } from './cache.ts'
import { checkClaims, checkTimes, type ClaimRules, type VerifiedClaims } from './claims.ts'
import { decodeText, readMaxLength } from './compact.ts'
import { readType, type Header } from './header.ts'
import { parseObject } from './json.ts'
import { createSignatureCheck, toSource, type Genuine } from './jws.ts'
import { isSameKey, type Key, type KeySource } from './key.ts'
import { isLater, type Later } from './later.ts'
import { refuseUnknown } from './options.ts'

/** What a verifier demands of a token. All of it is stated; nothing is taken from the token. */
export interface VerifyOptions {
  /** The algorithms accepted; each key serves one of them. */
  readonly algorithms: readonly Algorithm[]
  /** The kind of token, its `typ`: `'at+jwt'` for an access token (RFC 9068). */
  readonly type: string
  /** Who must have issued it, exactly. */
  readonly issuer: string
  /** Who is asking: one of these must be in `aud`. */
  readonly audience: string | readonly string[]
  /** Seconds that clocks may differ; 0 when left out, at most 600. */
  readonly clockTolerance?: number
  /** Seconds that `exp` may be ahead at the most; no limit when left out. */
  readonly maxLifetime?: number
  /** Claims that must be there besides `iss`, `aud` and `exp`, for example `['sub']`. */
  readonly required?: readonly string[]
  /** Longest token, in characters; 8192 when left out. */
  readonly maxLength?: number
  /**
   * Remember tokens that passed, within these limits (`{}` for the usual ones); none when left out. On each hit the whole token is
   * compared, its key must still be in the set, and `exp`, `nbf` and `iat` are checked again. Claims are then frozen.
   */
  readonly cache?: CacheOptions
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/** A token that passed. */
export interface Verified {
  readonly header: Header
  readonly claims: VerifiedClaims
}

/** Verifies one token: answers at once on Node with keys at hand, by promise otherwise; throws or rejects with a TokenError. */
export type Verifier = (token: string) => Later<Verified>

/**
 * Verifies one token. To verify many, make a verifier once.
 *
 * @throws TokenError when the token is refused (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725)
 * @throws TypeError when the options or keys are not usable
 */
export async function verify(token: string, keys: Key | KeySource, options: VerifyOptions): Promise<Verified> {
  return createVerifier(keys, options)(token)
}

/**
 * Makes a verifier: options are checked once, here, and each token by the function that comes back.
 *
 * @throws TypeError when the options or keys are not usable; the sentence says what to write
 */
export function createVerifier(keys: Key | KeySource, options: VerifyOptions): Verifier {
  refuseUnknown(options, OPTIONS, 'verify')
  const algorithms = readAlgorithms(options.algorithms)
  const source = toSource(keys, algorithms)
  const maxLength = readMaxLength(options.maxLength)
  const check = createSignatureCheck(source, algorithms, readType(options.type), maxLength, decodeText)
  const rules = readRules(options)
  const cache = options.cache === undefined ? undefined : createTokenCache(options.cache)
  const now = options.now ?? Date.now

  const readClaims = (token: string, { header, payload, key }: Genuine<string>): Verified => {
    const claims = parseObject(payload) as VerifiedClaims
    checkClaims(claims, rules, now() / 1000)
    if (cache === undefined) return { header, claims }
    // Whoever asks next gets the same claims, so nobody may change them.
    const verified = { header, claims: freezeDeep(claims) }
    cache.put(token, verified, key)
    return verified
  }

  /** What can have changed since: the key may have left the set, and time has passed. */
  const checkAgain = (entry: CachedToken, held: TokenCache): Verified | undefined => {
    const { header, claims } = entry.verified
    const key = source.find(header)
    if (key !== entry.key) {
      // A source that has to ask somebody is asked again by the full check, which waits for the answer.
      if (isLater(key)) key.catch(() => undefined)
      if (!isSameKey(entry.key, key)) {
        held.forget(entry)
        return undefined
      }
      entry.key = key as Key
    }
    try {
      checkTimes(claims.exp, claims.nbf, claims.iat, rules, now() / 1000)
    } catch (error) {
      held.forget(entry)
      throw error
    }
    return entry.verified
  }

  return (token) => {
    const entry = cache?.get(token)
    const verified = entry === undefined || cache === undefined ? undefined : checkAgain(entry, cache)
    if (verified !== undefined) return verified
    const genuine = check(token)
    return isLater(genuine) ? genuine.then((genuine) => readClaims(token, genuine)) : readClaims(token, genuine)
  }
}

function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freezeDeep(inner as object)
  return Object.freeze(value)
}

const OPTIONS = [
  'algorithms',
  'type',
  'issuer',
  'audience',
  'clockTolerance',
  'maxLifetime',
  'required',
  'maxLength',
  'cache',
  'now',
]

function readRules(options: VerifyOptions): ClaimRules {
  const { issuer, clockTolerance = 0, maxLifetime = Infinity, required = [], now } = options
  if (typeof issuer !== 'string' || issuer === '') {
    throw new TypeError("state the issuer you trust, for example issuer: 'https://example.com'")
  }
  const audience: readonly unknown[] = Array.isArray(options.audience) ? [...options.audience] : [options.audience]
  if (audience.length === 0 || !audience.every((one) => typeof one === 'string' && one !== '')) {
    throw new TypeError("state the audience you are, for example audience: 'https://api.example.com'")
  }
  if (typeof clockTolerance !== 'number' || !(clockTolerance >= 0 && clockTolerance <= 600)) {
    throw new TypeError('clockTolerance is a number of seconds from 0 to 600')
  }
  if (typeof maxLifetime !== 'number' || !(maxLifetime > 0)) {
    throw new TypeError('maxLifetime is a number of seconds above 0')
  }
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    throw new TypeError("required is a list of names of claims, for example ['sub']")
  }
  if (now !== undefined && typeof now !== 'function') {
    throw new TypeError('now is a function that answers milliseconds, like Date.now')
  }
  return { issuer, audience: audience as string[], tolerance: clockTolerance, maxLifetime, required: [...required] }
}
