// JSON Web Keys (RFC 7517), read strictly: form, purpose and strength, before any backend sees them.
import * as backend from '#crypto'
import type { Algorithm, AlgorithmRow } from './algorithms.ts'
import { refuseKey } from './key.ts'
import { checkRsa } from './rsa.ts'
import { isSmallOrder } from './small-order.ts'

/** A key as JSON (RFC 7517 §4, RFC 7518 §6). */
export interface Jwk {
  readonly kty?: string
  readonly alg?: string
  readonly kid?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly d?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
  readonly k?: string
  readonly [name: string]: unknown
}

/** Members that no public document may carry (RFC 7518 §6.2.2, §6.3.2, §6.4). */
export const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** A JWK that passed: only the members that make the key, in the order of RFC 7638. */
export interface ReadJwk {
  readonly type: 'private' | 'public' | 'secret'
  readonly kid: string | undefined
  /** The members of the public key, or of the secret. */
  readonly members: Jwk
  /** The further members of the private key. */
  readonly privateMembers: Jwk
}

/**
 * Reads a JWK as a key of one algorithm.
 *
 * @throws TokenError `key_invalid` when it is meant for something else, not well-formed or too weak
 */
export function readJwk(value: unknown, algorithm: Algorithm, row: AlgorithmRow): ReadJwk {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuseKey('a JWK is a JSON object')
  const jwk = value as Readonly<Record<string, unknown>>
  const has = (name: string): boolean => Object.hasOwn(jwk, name) && jwk[name] !== undefined
  if (!has('kty') || jwk['kty'] !== row.kty) return refuseKey(`kty of a key for ${algorithm} is ${row.kty}`)
  // RFC 8725 §3.1: the key says the same as the one who imports it, or nothing.
  if (has('alg') && jwk['alg'] !== algorithm) return refuseKey(`the JWK's alg is not ${algorithm}`)
  const type = row.kty === 'oct' ? 'secret' : has('d') ? 'private' : 'public'
  if (type === 'public' && PRIVATE_MEMBERS.some(has)) return refuseKey('a public key with members of a private one')
  checkPurpose(jwk, type)
  const kid = has('kid') ? jwk['kid'] : undefined
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 256)) {
    return refuseKey('kid of a JWK is a string of 1 to 256 characters')
  }
  return { type, kid, ...readMembers(jwk, row, type) }
}

/** RFC 7517 §4.2, §4.3: `use` and `key_ops` are promises about the key, kept here. */
function checkPurpose(jwk: Readonly<Record<string, unknown>>, type: ReadJwk['type']): void {
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') refuseKey("a JWK whose use is not 'sig' signs nothing")
  if (operations === undefined) return
  if (!Array.isArray(operations) || new Set(operations).size !== operations.length) {
    return refuseKey('key_ops of a JWK is a list without repetition')
  }
  const needed = type === 'public' ? ['verify'] : type === 'private' ? ['sign'] : ['sign', 'verify']
  if (!needed.some((operation) => operations.includes(operation))) {
    refuseKey(`key_ops of this JWK does not allow to ${needed.join(' or ')}`)
  }
}

/** Takes the members that make the key, each canonical base64url and of the length that its algorithm gives it. */
function readMembers(
  jwk: Readonly<Record<string, unknown>>,
  row: AlgorithmRow,
  type: ReadJwk['type'],
): Pick<ReadJwk, 'members' | 'privateMembers'> {
  const text = (name: string): string => {
    const value = jwk[name]
    return typeof value === 'string' ? value : refuseKey(`member ${name} of the JWK is missing or not a string`)
  }
  const bytes = (name: string): Uint8Array =>
    backend.decodeBytes(text(name)) ?? refuseKey(`member ${name} of the JWK is not canonical base64url`)
  const exactly = (name: string, length: number): string =>
    bytes(name).length === length ? text(name) : refuseKey(`member ${name} of the JWK is not ${length} bytes`)
  const isPrivate = type === 'private'

  switch (row.kty) {
    case 'EC': {
      if (jwk['crv'] !== row.curve) return refuseKey(`crv of this key is ${row.curve}`)
      const members = { crv: row.curve, kty: 'EC', x: exactly('x', row.bytes), y: exactly('y', row.bytes) }
      return { members, privateMembers: isPrivate ? { d: exactly('d', row.bytes) } : {} }
    }
    case 'OKP': {
      if (jwk['crv'] !== row.curve) return refuseKey(`crv of this key is ${row.curve}`)
      const members = { crv: row.curve, kty: 'OKP', x: exactly('x', row.bytes) }
      if (isSmallOrder(bytes('x'))) return refuseKey('this Ed25519 key is a point of small order')
      return { members, privateMembers: isPrivate ? { d: exactly('d', row.bytes) } : {} }
    }
    case 'RSA': {
      checkRsa(bytes('n'), bytes('e'))
      const members = { e: text('e'), kty: 'RSA', n: text('n') }
      if (!isPrivate) return { members, privateMembers: {} }
      if (jwk['oth'] !== undefined) return refuseKey('RSA keys of more than two primes are not supported')
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) bytes(name)
      const privateMembers = {
        d: text('d'),
        p: text('p'),
        q: text('q'),
        dp: text('dp'),
        dq: text('dq'),
        qi: text('qi'),
      }
      return { members, privateMembers }
    }
    default:
      bytes('k')
      return { members: { k: text('k'), kty: 'oct' }, privateMembers: {} }
  }
}
