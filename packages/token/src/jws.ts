// Is the stamp genuine? The part of verification that every kind of token shares (RFC 7515 §5.2): split, header, key, signature.
import type { Algorithm } from './algorithms.ts'
import { decodeText, splitCompact, type Compact } from './compact.ts'
import { refuse } from './errors.ts'
import { readHeader, type Header } from './header.ts'
import { handleOf, isKeySource, type Key, type KeyHandle, type KeySource } from './key.ts'
import { isLater, type Later } from './later.ts'

/** A token whose signature is genuine. */
export interface Genuine<Payload> {
  readonly header: Header
  /** Decoded, and not yet looked at. */
  readonly payload: Payload
  readonly key: Key
}

/**
 * Makes the check of signatures under given keys. Synchronous wherever keys and backend are.
 *
 * @param type as `mediaType` answers it, or undefined when any type will do
 * @param decodePayload throws for what is not canonical: a token has one spelling, and that is settled before any signature
 * @returns a function that answers a genuine token, or throws (or rejects with) a TokenError
 */
export function createSignatureCheck<Payload>(
  source: KeySource,
  algorithms: readonly Algorithm[],
  type: string | undefined,
  maxLength: number,
  decodePayload: (part: string) => Payload,
): (token: string) => Later<Genuine<Payload>> {
  // Nearly all tokens of an issuer have one and the same header, so the last one that led to a genuine token is not read twice.
  // Only genuine ones: nobody without a key can push it out.
  let lastText: string | undefined
  let lastHeader: Header | undefined
  // The same for the key and what the backend made of it.
  let lastKey: Key | undefined
  let lastHandle: KeyHandle | undefined

  const conclude = (good: boolean, parts: Compact, header: Header, payload: Payload, key: Key): Genuine<Payload> => {
    if (!good) refuse('signature_invalid', 'the signature is not genuine')
    lastText = parts.header
    lastHeader = header
    return { header, payload, key }
  }

  const checkWith = (
    key: Key | undefined,
    parts: Compact,
    header: Header,
    payload: Payload,
  ): Later<Genuine<Payload>> => {
    if (key === undefined || key === null) return refuse('key_not_found', 'no key for this token')
    let handle = lastHandle
    if (key !== lastKey) {
      handle = handleOf(key)
      if (handle?.verify === undefined) return refuse('key_invalid', 'what was found is not a key that verifies')
      lastKey = key
      lastHandle = handle
    }
    // RFC 8725 §3.1: whatever found the key, it serves its one algorithm and no other, and answers to no other name.
    if (key.algorithm !== header.alg) refuse('algorithm_not_allowed', 'the key serves another algorithm')
    if (header.kid !== undefined && key.kid !== undefined && header.kid !== key.kid) {
      refuse('key_not_found', 'no key for this token')
    }
    const good = handle?.verify?.(parts.input, parts.signature) ?? false
    return isLater(good)
      ? good.then((good) => conclude(good, parts, header, payload, key))
      : conclude(good, parts, header, payload, key)
  }

  return (token) => {
    const parts = splitCompact(token, maxLength)
    const header =
      lastHeader !== undefined && parts.header === lastText
        ? lastHeader
        : Object.freeze(readHeader(decodeText(parts.header), algorithms, type))
    const payload = decodePayload(parts.payload)
    const found = source.find(header)
    return isLater(found)
      ? found.then((key) => checkWith(key, parts, header, payload))
      : checkWith(found, parts, header, payload)
  }
}

/**
 * Reads what a developer gave to verify with. One key is the candidate for every token; the checks above decide.
 *
 * @throws TypeError when it is neither a key that can verify nor a source of keys
 */
export function toSource(keys: Key | KeySource, algorithms: readonly Algorithm[]): KeySource {
  if (isKeySource(keys)) return keys
  const handle = handleOf(keys)
  if (handle === undefined) {
    throw new TypeError('the keys to verify with are a Key or a KeySource: make one with importJwk, createKeySet, …')
  }
  if (handle.verify === undefined) throw new TypeError('a private key does not verify: give its public key')
  if (!algorithms.includes(keys.algorithm)) {
    throw new TypeError(`the key serves ${keys.algorithm}, which is not among the algorithms you accept`)
  }
  return { find: () => keys }
}
