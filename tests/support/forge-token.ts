// Forges tokens: any header and any payload, to the byte, under a genuine signature made by node:crypto and not by the code under test.
import {
  constants,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type JsonWebKey,
} from 'node:crypto'

/** The moment the attack tests play at, in seconds. */
export const NOW = 1_800_000_000
export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'https://api.example'

/** Claims that any verifier of these tests accepts. */
export const goodClaims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user-1',
  sid: 'session-1',
  jti: 'token-1',
  iat: NOW - 60,
  exp: NOW + 600,
}

/** JSON as an object, or text or bytes as they are. */
export type Part = object | string | Buffer

export interface Forger {
  readonly publicJwk: JsonWebKey & { kid: string }
  readonly privateJwk: JsonWebKey & { kid: string }
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string }
  /** A token of these parts with a genuine signature over them. */
  readonly forge: (header: Part, payload: Part) => string
  /** A genuine signature over any text. */
  readonly stamp: (input: string | Buffer) => Buffer
}

export function encode(part: Part): string {
  if (Buffer.isBuffer(part)) return part.toString('base64url')
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part), 'utf8').toString('base64url')
}

/** Makes a new key of an algorithm and what forges with it. */
export function createForger(algorithm: string, kid = 'key-1'): Forger {
  const privateJwk = { ...makeKey(algorithm), kid }
  const { d: _, p: __, q: ___, dp: ____, dq: _____, qi: ______, ...members } = privateJwk
  const stamp = stamper(algorithm, privateJwk)
  return {
    privateJwk,
    publicJwk: members,
    header: { alg: algorithm, typ: 'at+jwt', kid },
    stamp,
    forge: (header, payload) => {
      const input = `${encode(header)}.${encode(payload)}`
      return `${input}.${stamp(input).toString('base64url')}`
    },
  }
}

const bytes = (input: string | Buffer): Buffer => (typeof input === 'string' ? Buffer.from(input) : input)

function makeKey(algorithm: string): JsonWebKey {
  if (algorithm.startsWith('HS')) return { kty: 'oct', k: randomBytes(64).toString('base64url') }
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  if (!algorithm.startsWith('ES')) {
    return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  }
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm] ?? ''
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' })
}

/** Signs under a key as an algorithm says, whether or not the two belong together. */
export function stamper(algorithm: string, jwk: JsonWebKey): (input: string | Buffer) => Buffer {
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('HS')) {
    const secret = Buffer.from(jwk.k ?? '', 'base64url')
    return (input) => createHmac(hash, secret).update(input).digest()
  }
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  if (algorithm === 'EdDSA') return (input) => sign(null, bytes(input), key)
  if (algorithm.startsWith('ES')) {
    return (input) => sign(hash, bytes(input), { key, dsaEncoding: 'ieee-p1363' })
  }
  const padding = algorithm.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return (input) => sign(hash, bytes(input), { key, padding, saltLength })
}
