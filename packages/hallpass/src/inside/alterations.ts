// The ways in which "Inside your pass" spoils a pass, each a classic: the server does it to the pass a request carried, so that
// the page never has to hold one. RFC 8725 tells why each of them was worth trying somewhere.
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'

export const ALTERATIONS = ['nothing', 'subject', 'signature', 'no-algorithm', 'public-key-as-secret'] as const
export type Alteration = (typeof ALTERATIONS)[number]

/** An id that no account has: the version says 7, the time says 1970. */
const SOMEBODY_ELSE = '00000000-0000-7000-8000-000000000000'

/**
 * Spoils a token.
 *
 * @param token a compact JWS that was just verified
 * @param publicKey the key that verifies it, as everybody can fetch it
 */
export function alter(token: string, alteration: Alteration, publicKey: JsonWebKey): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  switch (alteration) {
    case 'nothing':
      return token
    case 'subject':
      return `${header}.${encode({ ...decode(payload), sub: SOMEBODY_ELSE })}.${signature}`
    case 'signature': {
      const bytes = Buffer.from(signature, 'base64url')
      bytes[0] = (bytes[0] ?? 0) ^ 1
      return `${header}.${payload}.${bytes.toString('base64url')}`
    }
    case 'no-algorithm':
      // RFC 7519, 6: an unsecured JWT, which a verifier that asks the token what to check would take.
      return `${encode({ ...decode(header), alg: 'none' })}.${payload}.`
    default: {
      alteration satisfies 'public-key-as-secret'
      // RFC 8725, 2.1: where one key may serve two algorithms, the public key becomes a secret that everybody knows.
      const forged = `${encode({ ...decode(header), alg: 'HS256' })}.${payload}`
      const secret = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
      return `${forged}.${createHmac('sha256', secret).update(forged).digest('base64url')}`
    }
  }
}

export interface Opened {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** How long each part is, in characters. */
  readonly lengths: { readonly header: number; readonly claims: number; readonly signature: number }
}

/** The header and the claims of a token whose signature was just checked; nothing here checks anything. */
export function open(token: string): Opened {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const lengths = { header: header.length, claims: payload.length, signature: signature.length }
  return { header: decode(header), claims: decode(payload), lengths }
}

function decode(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  if (typeof value !== 'object' || value === null) throw new TypeError('a verified token holds JSON objects')
  return value as Record<string, unknown>
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
