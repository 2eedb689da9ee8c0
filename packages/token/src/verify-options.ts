// What a verifier demands, stated by the developer and read once. Nothing of it is ever taken from a token.
import { readAlgorithms, type Algorithm } from './algorithms.ts'
import type { ClaimRules } from './claims.ts'
import { readMaxLength } from './compact.ts'
import { readType } from './header.ts'
import { refuseUnknown } from './options.ts'

/** What a verifier demands of a token. */
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
  /**
   * Accept tokens that are bound to a key by its thumbprint (`cnf.jkt`, RFC 9449 §6.1), and no others; false when left out, and then
   * bound ones are refused. Such a token proves nothing alone: check the proof with `createProofVerifier`.
   */
  readonly keyBound?: boolean
  /** Longest token, in characters; 8192 when left out. */
  readonly maxLength?: number
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/** The same, read. */
export interface Demands {
  readonly algorithms: readonly Algorithm[]
  /** As `mediaType` answers it. */
  readonly type: string
  readonly maxLength: number
  readonly rules: ClaimRules
  readonly now: () => number
}

const NAMES = [
  'algorithms',
  'type',
  'issuer',
  'audience',
  'clockTolerance',
  'maxLifetime',
  'required',
  'keyBound',
  'maxLength',
  'now',
]

/**
 * Reads the options of a verifier.
 *
 * @param more names of options that the caller reads itself
 * @throws TypeError when one is missing, unusable or unknown; the sentence says what to write
 */
export function readDemands(options: VerifyOptions, more: readonly string[] = []): Demands {
  refuseUnknown(options, [...NAMES, ...more], 'a verifier')
  const {
    issuer,
    clockTolerance = 0,
    maxLifetime = Infinity,
    required = [],
    keyBound = false,
    now = Date.now,
  } = options
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
  if (typeof keyBound !== 'boolean') throw new TypeError('keyBound is true, false or left out')
  if (typeof now !== 'function') throw new TypeError('now is a function that answers milliseconds, like Date.now')
  return {
    algorithms: readAlgorithms(options.algorithms),
    type: readType(options.type),
    maxLength: readMaxLength(options.maxLength),
    rules: {
      issuer,
      audience: audience as string[],
      tolerance: clockTolerance,
      maxLifetime,
      required: [...required],
      keyBound,
    },
    now,
  }
}
