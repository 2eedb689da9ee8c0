// What a key is to the rest of the package: a name, the one algorithm it serves, and something only the crypto backend can use.
import type { Algorithm } from './algorithms.ts'
import { refuse } from './errors.ts'
import type { Jwk } from './jwk.ts'
import type { Later } from './later.ts'

/** A key. It serves exactly one algorithm (RFC 8725 §3.1); what it is made of stays inside. */
export interface Key {
  readonly algorithm: Algorithm
  /** The key's name in the `kid` header (RFC 7515 §4.1.4). */
  readonly kid?: string
  readonly type: 'private' | 'public' | 'secret'
  /** Whether `exportJwk` gives its private part away. */
  readonly extractable: boolean
}

/** What a token's header asks of a key set. Untrusted: a name to look up in what is already known, nothing else. */
export interface KeyRequest {
  readonly alg: Algorithm
  readonly kid?: string
}

/** Whatever knows keys: a key set, a server's ring, a remote document. */
export interface KeySource {
  /** Answers the one key for a header, at once where it can. */
  find(header: KeyRequest): Later<Key | undefined>
}

/** What the crypto backend makes of a key. */
export interface KeyHandle {
  /** Signs ASCII text; answers base64url. Only private and secret keys. */
  readonly sign?: (input: string) => Later<string>
  /** Checks the base64url signature of ASCII text; anything but the canonical encoding is false. Only public and secret keys. */
  readonly verify?: (input: string, signature: string) => Later<boolean>
  /** The private or secret members, when the key may leave. */
  readonly exportPrivate?: () => Later<Jwk>
  /** The public members, for asymmetric keys. */
  readonly publicJwk?: Jwk
}

// A WeakMap, not a member: no log, no `JSON.stringify` and no spread carries key material, and only keys made here are keys.
const handles = new WeakMap<object, KeyHandle>()

export function makeKey(key: Key, handle: KeyHandle): Key {
  Object.freeze(key)
  handles.set(key, handle)
  return key
}

/** The backend's part of a key; undefined for whatever is not a key. */
export function handleOf(key: unknown): KeyHandle | undefined {
  return typeof key === 'object' && key !== null ? handles.get(key) : undefined
}

/** @throws TypeError when the value is no key of this package */
export function requireHandle(key: Key): KeyHandle {
  const handle = handleOf(key)
  if (handle === undefined) {
    throw new TypeError('this is not a key: make one with generateKeyPair, importJwk or importSecret')
  }
  return handle
}

/** Tells whether two keys are the same public key under the same name: a document that is read again makes new keys of the old ones. */
export function isSameKey(one: Key, other: unknown): boolean {
  if (one === other) return true
  const [ours, theirs] = [handles.get(one)?.publicJwk, handleOf(other)?.publicJwk]
  if (ours === undefined || theirs === undefined) return false
  const { algorithm, kid } = other as Key
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e']
  return algorithm === one.algorithm && kid === one.kid && members.every((name) => ours[name] === theirs[name])
}

/** A list of keys has a `find` too, but is no source: `createKeySet` makes one of it. */
export function isKeySource(value: unknown): value is KeySource {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return 'find' in value && typeof value.find === 'function'
}

/** @throws TokenError `key_invalid` */
export function refuseKey(why: string): never {
  return refuse('key_invalid', why)
}
