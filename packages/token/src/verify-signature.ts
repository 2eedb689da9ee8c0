// Verification of a signature alone, for tokens whose payload has rules of its own (RFC 7515 §5.2).
import { readAlgorithms, type Algorithm } from './algorithms.ts'
import { decodeBytes, readMaxLength } from './compact.ts'
import { readType, type Header } from './header.ts'
import { createSignatureCheck, toSource } from './jws.ts'
import type { Key, KeySource } from './key.ts'
import { refuseUnknown } from './options.ts'

/** What is demanded of a signed message. */
export interface VerifySignatureOptions {
  /** The algorithms accepted; each key serves one of them. */
  readonly algorithms: readonly Algorithm[]
  /** The kind of message, its `typ`; any when left out. */
  readonly type?: string
  /** Longest message, in characters; 8192 when left out. */
  readonly maxLength?: number
}

/** A message whose signature is genuine. Nothing else about it was checked. */
export interface VerifiedSignature {
  readonly header: Header
  readonly payload: Uint8Array
}

/**
 * Verifies the signature of a message in compact form, and says nothing about what it means: no issuer, no audience, no time.
 *
 * @throws TokenError when the message is refused (RFC 7515 §5.2)
 * @throws TypeError when the options or keys are not usable
 */
export async function verifySignature(
  token: string,
  keys: Key | KeySource,
  options: VerifySignatureOptions,
): Promise<VerifiedSignature> {
  refuseUnknown(options, ['algorithms', 'type', 'maxLength'], 'verifySignature')
  const algorithms = readAlgorithms(options.algorithms)
  const type = options.type === undefined ? undefined : readType(options.type)
  const maxLength = readMaxLength(options.maxLength)
  const check = createSignatureCheck(toSource(keys, algorithms), algorithms, type, maxLength, decodeBytes)
  const { header, payload } = await check(token)
  return { header, payload }
}
