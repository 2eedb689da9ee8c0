// Making proofs of possession (RFC 9449 §4.2), for clients that are no browser: a service that holds a bound token, a tool, a test.
import * as backend from '#crypto'
import { requireHandle, type Key } from './key.ts'
import { refuseUnknown } from './options.ts'

/** What a proof says. */
export interface ProofContents {
  /** The method of the request, as it is sent. */
  readonly method: string
  /** Its whole address; query and fragment are left out of the proof. */
  readonly url: string
  /** The access token it goes with, when there is one. */
  readonly accessToken?: string | undefined
  /** The last `DPoP-Nonce` that came from this server. */
  readonly nonce?: string | undefined
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/**
 * Makes a proof for one request: the value of its `DPoP` header. Each has an id of its own and is good once.
 *
 * @param key a private key, whose public part the proof carries
 * @throws TypeError for a key that cannot sign, or is a secret; and for an address that is none
 */
export async function createProof(key: Key, contents: ProofContents): Promise<string> {
  refuseUnknown(contents, ['method', 'url', 'accessToken', 'nonce', 'now'], 'createProof')
  const { sign, publicJwk } = requireHandle(key)
  if (sign === undefined || publicJwk === undefined) throw new TypeError('a proof is made with a private key')
  const { method, url, accessToken, nonce, now = Date.now } = contents
  const { href } = new URL(url)
  const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: publicJwk }
  const claims = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: href.replace(/[?#].*$/, ''),
    iat: Math.floor(now() / 1000),
    ...(accessToken !== undefined && { ath: await backend.sha256(accessToken) }),
    ...(nonce !== undefined && { nonce }),
  }
  const input = `${backend.encodeText(JSON.stringify(header))}.${backend.encodeText(JSON.stringify(claims))}`
  return `${input}.${await sign(input)}`
}
