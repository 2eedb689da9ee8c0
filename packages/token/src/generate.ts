// New key pairs, each named by its thumbprint (RFC 7638), so that a name never means two keys.
import * as backend from '#crypto'
import { algorithmRow, type Algorithm } from './algorithms.ts'
import { makeKey, type Key } from './key.ts'
import { thumbprint } from './keys.ts'
import { refuseUnknown } from './options.ts'

/** Options of `generateKeyPair`. */
export interface GenerateOptions {
  /** Whether `exportJwk` may give the private part away; false when left out. */
  readonly extractable?: boolean
}

/** A private key and its public one. Both have the same `kid`. */
export interface KeyPair {
  readonly privateKey: Key
  readonly publicKey: Key
}

/**
 * Generates a key pair for one algorithm; RSA keys have 2048 bits.
 *
 * @throws TypeError for an HMAC algorithm: its key is one secret, for importSecret
 */
export async function generateKeyPair(algorithm: Algorithm, options: GenerateOptions = {}): Promise<KeyPair> {
  refuseUnknown(options, ['extractable'], 'generateKeyPair')
  const row = algorithmRow(algorithm)
  if (row.kty === 'oct') {
    throw new TypeError(
      `${algorithm} has no pair: use importSecret(crypto.getRandomValues(new Uint8Array(${row.bytes})))`,
    )
  }
  const extractable = options.extractable === true
  const { publicJwk, privateHandle } = await backend.generate(row, extractable)
  const kid = await thumbprint(publicJwk)
  return {
    privateKey: makeKey({ algorithm, kid, type: 'private', extractable }, privateHandle),
    publicKey: makeKey(
      { algorithm, kid, type: 'public', extractable: true },
      await backend.importPublic(publicJwk, row),
    ),
  }
}
