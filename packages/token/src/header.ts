// The protected header of a token (RFC 7515 §4): which members may be there, of what form, and which are refused.
import type { Algorithm } from './algorithms.ts'
import { refuse } from './errors.ts'
import { parseObject } from './json.ts'

/** A token's header after its checks. Frozen. */
export interface Header {
  readonly alg: Algorithm
  readonly typ?: string
  readonly kid?: string
  readonly [name: string]: unknown
}

/** Longer names than this are nobody's: 10 kB of `kid` is an attack on whatever looks it up. */
const KID_MAX = 256

/**
 * Parses and checks a header for a verifier that stated its algorithms and, for a JWT, its type.
 *
 * @param text the decoded JSON
 * @param type as `mediaType` answers it, or undefined when any type will do
 * @param proof whether it is one of a proof of possession, which is signed by the key it brings (RFC 9449 §4.2)
 * @throws TokenError
 */
export function readHeader(
  text: string,
  algorithms: readonly Algorithm[],
  type: string | undefined,
  proof = false,
): Header {
  const members = parseObject(text)
  const { alg, typ, kid } = members

  // RFC 8725 §3.1: the verifier's list decides, compared exactly. `none` is on no list.
  if (typeof alg !== 'string') return refuse('header_invalid', 'alg is missing or not a string')
  if (!(algorithms as readonly string[]).includes(alg)) {
    refuse('algorithm_not_allowed', 'alg is not among the allowed algorithms')
  }

  // RFC 7515 §4.1.11: whatever is critical must be understood, and nothing is. `b64` (RFC 7797 §7 forbids it in a JWT), `zip`
  // and nesting by `cty` change what the payload means, so they are refused with or without `crit`.
  for (const name of ['crit', 'b64', 'zip', 'cty', 'enc']) {
    if (Object.hasOwn(members, name)) refuse('extension_unsupported', `header member ${name} is not supported`)
  }
  // RFC 8725 §3.10: a token does not choose the key it is checked with, and nothing is ever fetched for it.
  for (const name of ['jwk', 'jku', 'x5u', 'x5c']) {
    if (proof && name === 'jwk') continue
    if (Object.hasOwn(members, name)) refuse('header_invalid', `header member ${name} brings its own key`)
  }

  if (typ !== undefined && typeof typ !== 'string') refuse('header_invalid', 'typ is not a string')
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > KID_MAX)) {
    refuse('header_invalid', `kid is not a string of 1 to ${KID_MAX} characters`)
  }
  // RFC 8725 §3.11: one kind of token is never taken for another.
  if (type !== undefined && (typ === undefined || mediaType(typ) !== type)) {
    refuse('type_mismatch', 'typ is not the expected one')
  }
  return members as unknown as Header
}

/**
 * The form in which types are compared: without case, and without the `application/` that may be left out (RFC 7515 §4.1.9).
 * Only ASCII is folded: `K` (the Kelvin sign) is no `k`.
 */
export function mediaType(type: string): string {
  const lower = type.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const rest = lower.startsWith('application/') ? lower.slice('application/'.length) : lower
  return rest.includes('/') ? lower : rest
}

/** @throws TypeError when the developer did not state a type */
export function readType(type: string): string {
  if (typeof type !== 'string' || !/^[!#$&^_.+\w-]+(\/[!#$&^_.+\w-]+)?$/.test(type)) {
    throw new TypeError("state the type of token you expect, for example type: 'at+jwt'")
  }
  return mediaType(type)
}
