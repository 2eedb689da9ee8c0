// Proofs of possession as an attacker makes them on a machine of their own (RFC 9449 §4.2), with a key of theirs or one they stole. Written
// out here: an attacker uses no library of ours.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'

export interface Proven {
  readonly method: string
  readonly url: string
  readonly token?: string | undefined
  readonly nonce?: string | undefined
}

let own: KeyObject | undefined

/** @param stolen a private key as JSON; one made here when left out */
export function prove({ method, url, token, nonce }: Proven, stolen?: string): string {
  own ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const key = stolen === undefined ? own : createPrivateKey({ key: JSON.parse(stolen) as JsonWebKey, format: 'jwk' })
  const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' })
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    nonce,
    ...(token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') }),
  }
  const input = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
