// Signing (RFC 7515 §5.1, RFC 7519 §7.1). The same claims in the same order under the same key of a deterministic algorithm are
// always the same bytes.
import * as backend from '#crypto'
import { isDate, type Claims } from './claims.ts'
import { MAX_LENGTH } from './max-length.ts'
import { readType } from './header.ts'
import { requireHandle, type Key } from './key.ts'
import { isLater, type Later } from './later.ts'
import { refuseUnknown } from './options.ts'

/** How to sign. */
export interface SignOptions {
  /** The kind of token, its `typ`: `'at+jwt'` for an access token (RFC 8725 §3.11). */
  readonly type: string
}

/** Signs claims: answers at once on Node, by promise on Web Crypto. */
export type Signer = (claims: Claims) => Later<string>

/**
 * Signs claims; members keep their order, after a header of `alg`, `typ`, `kid`.
 *
 * @throws TypeError when the key cannot sign, or the claims are not ones that a verifier would accept
 */
export async function sign(claims: Claims, key: Key, options: SignOptions): Promise<string> {
  return createSigner(key, options)(claims)
}

/**
 * Makes a signer: key and options are checked once, here.
 *
 * @throws TypeError when the key cannot sign or the type is not stated
 */
export function createSigner(key: Key, options: SignOptions): Signer {
  refuseUnknown(options, ['type'], 'sign')
  readType(options.type)
  const signInput = requireHandle(key).sign
  if (signInput === undefined) throw new TypeError('a public key does not sign: give the private one')
  // undefined members are left out by JSON.stringify: a key without a name makes a header without `kid`.
  const start = `${backend.encodeText(JSON.stringify({ alg: key.algorithm, typ: options.type, kid: key.kid }))}.`

  return (claims) => {
    checkOwnClaims(claims)
    const json = JSON.stringify(claims)
    // JSON.stringify escapes half a character, and nothing else, as \ud8… to \udf…
    if (json.includes('\\ud')) checkWellFormed(json)
    const input = start + backend.encodeText(json)
    const signature = signInput(input)
    return isLater(signature) ? signature.then((signature) => finish(input, signature)) : finish(input, signature)
  }
}

function finish(input: string, signature: string): string {
  const token = `${input}.${signature}`
  if (token.length > MAX_LENGTH) {
    throw new TypeError(`a token of ${token.length} characters is refused everywhere (${MAX_LENGTH}): put less into it`)
  }
  return token
}

/** Mistakes that would make a token nobody accepts, told to the one who makes it. */
function checkOwnClaims(claims: Claims): void {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new TypeError('claims are an object, for example { iss, sub, aud, exp }')
  }
  for (const name of ['exp', 'nbf', 'iat']) {
    const value = claims[name]
    if (value !== undefined && !isDate(value)) {
      throw new TypeError(`${name} is a number of seconds since 1970, for example Math.floor(Date.now() / 1000)`)
    }
  }
}

function checkWellFormed(json: string): void {
  // A backslash that is itself escaped may stand before "ud": only a real escape is half a character.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(json)) throw new TypeError('claims hold a string with half a character in it')
}
