// The compact form of a token (RFC 7515 §7.1), read strictly: three parts, bounded, and each in the only encoding it has.
import * as backend from '#crypto'
import { refuse as refuseToken } from './errors.ts'
import { MAX_LENGTH } from './max-length.ts'

/** The parts of a token, still encoded. */
export interface Compact {
  readonly header: string
  readonly payload: string
  readonly signature: string
  /** What was signed: header, dot, payload (RFC 7515 §5.2). */
  readonly input: string
}

/**
 * Splits a token at its two dots. The parts are not decoded here; `decodeText` and `decodeBytes` are for that.
 *
 * @param maxLength in characters
 * @throws TokenError `malformed`
 */
export function splitCompact(token: unknown, maxLength: number): Compact {
  if (typeof token !== 'string') return refuse('not a string')
  if (token.length > maxLength) return refuse(`longer than ${maxLength} characters`)
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  // JWS in JSON form, a JWE (five parts), a token without its signature: none has exactly two dots and three parts.
  if (second < 0 || second === token.length - 1 || token.includes('.', second + 1)) {
    return refuse('not three parts')
  }
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    input: token.slice(0, second),
  }
}

/**
 * Decodes a part that holds JSON.
 *
 * Only the canonical encoding passes: other characters, padding, spaces and unused bits that are not zero make two spellings of
 * one token, and a list of tokens can then be slipped past (RFC 7515 §2, RFC 4648 §3.5). The bytes must be UTF-8.
 *
 * @throws TokenError `malformed`
 */
export function decodeText(part: string): string {
  return backend.decodeText(part) ?? refuse('a part is not canonical base64url of UTF-8')
}

/**
 * Decodes a part that holds any bytes, as strictly.
 *
 * @throws TokenError `malformed`
 */
export function decodeBytes(part: string): Uint8Array {
  return backend.decodeBytes(part) ?? refuse('a part is not canonical base64url')
}

/** @throws TypeError when the developer's limit is no length */
export function readMaxLength(value: number | undefined): number {
  if (value === undefined) return MAX_LENGTH
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new TypeError(`maxLength is a number of characters, ${MAX_LENGTH} when it is left out`)
  }
  return value
}

function refuse(why: string): never {
  return refuseToken('malformed', `token: ${why}`)
}
