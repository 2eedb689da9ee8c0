// Sets of keys (RFC 7517 §5): several keys, chosen by `kid` and `alg`, and the document that publishes them.
import { algorithmRow, readAlgorithms, type Algorithm } from './algorithms.ts'
import { PRIVATE_MEMBERS, type Jwk } from './jwk.ts'
import { handleOf, refuseKey, type Key, type KeySource } from './key.ts'
import { exportPublicJwk, importJwk } from './keys.ts'
import { refuseUnknown } from './options.ts'

/** A JWK Set document (RFC 7517 §5). */
export interface Jwks {
  readonly keys: readonly Jwk[]
}

/** Several keys. */
export interface KeySet extends KeySource {
  readonly keys: readonly Key[]
  /** Answers at once: a local set never waits. */
  find(header: { readonly alg: Algorithm; readonly kid?: string }): Key | undefined
  /**
   * The document to publish: public keys only.
   *
   * @throws TypeError for a set of secrets
   */
  toJwks(): Promise<Jwks>
}

/** Options of `importJwks`. */
export interface ImportJwksOptions {
  /** The algorithms wanted; keys for others are left out. */
  readonly algorithms: readonly Algorithm[]
}

/** More keys than this are not a key set; the work on them is bounded before it begins. */
const MAX_KEYS = 100

/**
 * Makes a set of keys that verify.
 *
 * @throws TokenError `key_invalid` when two have one name, or secrets are mixed with public keys: either makes it unclear what a
 *   token was checked with
 */
export function createKeySet(keys: readonly Key[]): KeySet {
  const named = new Map<string, Key>()
  for (const key of keys) {
    if (handleOf(key)?.verify === undefined)
      throw new TypeError('a key set holds keys that verify: public keys or secrets')
    if (key.kid === undefined) continue
    if (named.has(key.kid)) refuseKey('two keys of the set have the same kid')
    named.set(key.kid, key)
  }
  if (new Set(keys.map((key) => key.type)).size > 1) refuseKey('the set mixes secrets and public keys')
  const all = Object.freeze([...keys])

  return {
    keys: all,
    find({ alg, kid }) {
      if (kid !== undefined) {
        const key = named.get(kid)
        return key?.algorithm === alg ? key : undefined
      }
      // RFC 7515 §4.1.4 makes `kid` a hint that may be missing. Then there must be one candidate: keys are not tried in turn.
      const candidates = all.filter((key) => key.algorithm === alg)
      return candidates.length === 1 ? candidates[0] : undefined
    },
    async toJwks() {
      return { keys: await Promise.all(all.map(exportPublicJwk)) }
    },
  }
}

/**
 * Imports a JWK Set document, which may come from anywhere. Keys for other uses and algorithms are left out, as RFC 7517 §5 asks; a
 * key for a wanted algorithm that is not well-formed or too weak refuses the whole set.
 *
 * @throws TokenError `key_invalid` for a document that is none, repeats a `kid`, mixes secrets with public keys, or carries private
 *   members: whoever publishes those has lost the key
 */
export async function importJwks(document: unknown, options: ImportJwksOptions): Promise<KeySet> {
  refuseUnknown(options, ['algorithms'], 'importJwks')
  const algorithms = readAlgorithms(options.algorithms)
  const jwks = readDocument(document)
  const keys: Key[] = []
  for (const jwk of jwks) {
    const algorithm = wanted(jwk, algorithms)
    if (algorithm !== undefined) keys.push(await importJwk(jwk, algorithm))
  }
  return createKeySet(keys)
}

function readDocument(document: unknown): readonly Jwk[] {
  const keys: unknown =
    typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined
  if (!Array.isArray(keys)) return refuseKey('a JWK Set is an object with a list of keys')
  if (keys.length > MAX_KEYS) return refuseKey(`a JWK Set has at most ${MAX_KEYS} keys`)
  const kids = new Set<unknown>()
  const kinds = new Set<boolean>()
  for (const jwk of keys as unknown[]) {
    if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return refuseKey('a JWK is a JSON object')
    const { kid, kty } = jwk as Jwk
    // Judged over the whole document, also over keys that are left out: who wrote it did not know what they were doing.
    if (kid !== undefined && kids.has(kid)) refuseKey('two keys of the set have the same kid')
    kids.add(kid)
    kinds.add(kty === 'oct')
    if (kty !== 'oct' && PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) {
      refuseKey('the set carries a private key')
    }
  }
  if (kinds.size > 1) refuseKey('the set mixes secrets and public keys')
  return keys as readonly Jwk[]
}

/** The algorithm a key of a document is for: the one it names, or else the only wanted one that its type allows. */
function wanted(jwk: Jwk, algorithms: readonly Algorithm[]): Algorithm | undefined {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined
  if (jwk.alg !== undefined) return algorithms.find((algorithm) => algorithm === jwk.alg)
  const fitting = algorithms.filter((algorithm) => {
    const row = algorithmRow(algorithm)
    return row.kty === jwk.kty && (!('curve' in row) || row.curve === jwk.crv)
  })
  return fitting.length === 1 ? fitting[0] : undefined
}
