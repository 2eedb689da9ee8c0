// Making a signing key: a pair of which the public half is published, or, for HS256 and its like, one secret that is published nowhere.
import { randomBytes } from 'node:crypto'
import { exportJwk, exportPublicJwk, generateKeyPair, type Algorithm, type Jwk } from '@hallpass/token'

export interface SigningKey {
  readonly kid: string
  /** Null for a secret: whoever could verify with it could sign with it. */
  readonly publicJwk: Jwk | null
  readonly privateJwk: Jwk
}

/** As long as the hash (RFC 7518 §3.2). */
const SECRET_BYTES: Partial<Record<Algorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 }

export async function makeSigningKey(algorithm: Algorithm): Promise<SigningKey> {
  const size = SECRET_BYTES[algorithm]
  if (size !== undefined) {
    // Not a thumbprint: that would be a hash of the secret, in every token's header.
    const kid = randomBytes(16).toString('base64url')
    const k = randomBytes(size).toString('base64url')
    return { kid, publicJwk: null, privateJwk: { kty: 'oct', k, alg: algorithm, kid, use: 'sig' } }
  }
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const { kid } = publicKey
  if (kid === undefined) throw new Error('a generated key has its thumbprint as its id')
  return { kid, publicJwk: await exportPublicJwk(publicKey), privateJwk: await exportJwk(privateKey) }
}
