// Keys in and out (RFC 7517, RFC 7638). A key that comes in is checked for form, purpose and strength, and knows from then on the
// one algorithm it serves; a private part goes out only when the key was made so.
import * as backend from '#crypto'
import { algorithmRow, type Algorithm, type HmacRow } from './algorithms.ts'
import type { PairRow } from './crypto/backend.ts'
import { TokenError } from './errors.ts'
import { readJwk, type Jwk, type ReadJwk } from './jwk.ts'
import { makeKey, refuseKey, requireHandle, type Key, type KeyHandle } from './key.ts'
import { refuseUnknown } from './options.ts'

/** Options of `importSecret`. */
export interface ImportSecretOptions {
  /** The key's name in the `kid` header. */
  readonly kid?: string
}

/**
 * Imports a JWK as a key of one algorithm, public, private or secret as its members say.
 *
 * @param jwk untrusted; its `alg`, `use` and `key_ops`, where present, must agree (RFC 7517 §4)
 * @throws TokenError `key_invalid` when it is not well-formed, too weak or meant for something else
 */
export async function importJwk(jwk: Jwk, algorithm: Algorithm): Promise<Key> {
  const row = algorithmRow(algorithm)
  const read = readJwk(jwk, algorithm, row)
  const named = read.kid === undefined ? {} : { kid: read.kid }
  if (row.kty === 'oct') {
    const bytes = backend.decodeBytes(read.members.k ?? '') ?? refuseKey('k of the JWK is not canonical base64url')
    return makeSecret(bytes, algorithm, row, named)
  }
  const handle = await refusing(async () =>
    read.type === 'public' ? backend.importPublic(read.members, row) : importPair(read, row),
  )
  return makeKey({ algorithm, ...named, type: read.type, extractable: read.type === 'public' }, handle)
}

/** A private key must belong to the public one beside it: else it signs what nobody can verify, or gives itself away. */
async function importPair(read: ReadJwk, row: PairRow): Promise<KeyHandle> {
  const publicHandle = await backend.importPublic(read.members, row)
  const handle = await backend.importPrivate({ ...read.members, ...read.privateMembers }, row, false)
  const probe = 'hallpass'
  const signature = await handle.sign?.(probe)
  if (signature === undefined || !(await publicHandle.verify?.(probe, signature))) {
    return refuseKey('the private members of the JWK do not belong to its public ones')
  }
  return handle
}

/**
 * Imports random bytes as the key of an HMAC algorithm.
 *
 * @param bytes at least as many as the hash puts out: 32, 48 or 64 (RFC 7518 §3.2). A password is no key: derive one.
 * @throws TokenError `key_invalid` when there are fewer, or they are plainly not random
 */
export async function importSecret(
  bytes: Uint8Array,
  algorithm: Algorithm,
  options: ImportSecretOptions = {},
): Promise<Key> {
  refuseUnknown(options, ['kid'], 'importSecret')
  const row = algorithmRow(algorithm)
  if (row.kty !== 'oct') throw new TypeError(`${algorithm} takes a key pair: use importJwk or generateKeyPair`)
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a secret is a Uint8Array of random bytes, not text')
  // A JWK was made to be a key. Bytes given here may be what somebody thought of, or forgot to fill in.
  if (new Set(bytes).size < LEAST_VARIETY) refuseKey('these bytes are not random: zeros, or a few characters repeated')
  return makeSecret(bytes, algorithm, row, options.kid === undefined ? {} : { kid: options.kid })
}

/** Random bytes, even written as hexadecimal digits, have far more than a dozen different ones among 32. */
const LEAST_VARIETY = 12

async function makeSecret(
  bytes: Uint8Array,
  algorithm: Algorithm,
  row: HmacRow,
  named: { readonly kid?: string },
): Promise<Key> {
  if (bytes.length < row.bytes) refuseKey(`a secret for this algorithm has at least ${row.bytes} bytes`)
  const handle = await refusing(async () => backend.importSecret(Uint8Array.from(bytes), row))
  return makeKey({ algorithm, ...named, type: 'secret', extractable: false }, handle)
}

/**
 * Exports a private key with its private members. Only keys generated as `extractable` allow it.
 *
 * @throws TypeError when the key may not leave
 */
export async function exportJwk(key: Key): Promise<Jwk> {
  const handle = requireHandle(key)
  if (key.type === 'public') return exportPublicJwk(key)
  if (handle.exportPrivate === undefined) {
    throw new TypeError('this key does not leave: make it with generateKeyPair(algorithm, { extractable: true })')
  }
  return { ...(await exportPublicJwk(key)), ...(await handle.exportPrivate()) }
}

/**
 * Exports the public members of a public or private key, with `alg`, `use` and `kid` (RFC 7517 §4).
 *
 * @throws TypeError for a secret: it has no public part
 */
export async function exportPublicJwk(key: Key): Promise<Jwk> {
  const { publicJwk } = requireHandle(key)
  if (publicJwk === undefined) throw new TypeError('a secret has no public part')
  return { ...publicJwk, alg: key.algorithm, use: 'sig', ...(key.kid === undefined ? {} : { kid: key.kid }) }
}

/** RFC 7638 §3.2 and RFC 8037 §2: what identifies a key, in lexicographic order. */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
  oct: ['k', 'kty'],
}

/**
 * Computes the SHA-256 thumbprint of a JWK in base64url (RFC 7638 §3): the same for a private key and its public one.
 *
 * @throws TokenError `key_invalid` when a member that identifies the key is missing
 */
export async function thumbprint(jwk: Jwk): Promise<string> {
  const { kty } = jwk
  if (kty === undefined || !Object.hasOwn(THUMBPRINT_MEMBERS, kty)) return refuseKey('kty of the JWK is unknown')
  const members = (THUMBPRINT_MEMBERS[kty] ?? []).map((name) => {
    const value = jwk[name]
    return typeof value === 'string' ? ([name, value] as const) : refuseKey(`member ${name} of the JWK is missing`)
  })
  return backend.sha256(JSON.stringify(Object.fromEntries(members)))
}

/** Whatever a backend says about key material is one refusal; its own words may hold parts of the key. */
async function refusing(make: () => Promise<KeyHandle>): Promise<KeyHandle> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof TokenError) throw error
    throw new TokenError('key_invalid', 'the key is not one of its algorithm')
  }
}
