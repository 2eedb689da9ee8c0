// The backend on node:crypto: everything but key generation answers at once.
import { Buffer, isUtf8 } from 'node:buffer'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  constants,
  generateKeyPair,
  sign,
  verify,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { EcdsaRow, HmacRow, RsaRow } from '../algorithms.ts'
import type { Jwk } from '../jwk.ts'
import type { KeyHandle } from '../key.ts'
import type { Backend, PairRow } from './backend.ts'
import { fromDer, toDer } from './ecdsa-der.ts'
import { createMac } from './hmac.ts'
import { privateMembers, publicMembers } from './members.ts'
import { createScratch } from './scratch.ts'

const makePair = promisify(generateKeyPair)

/** node:buffer skips what is not base64url, so what it read must write itself back as the same text. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

export const decodeBytes: Backend['decodeBytes'] = decode

// Texts are read and written in one buffer that is never handed out, made when it is first needed.
let scratch: Buffer | undefined
const SCRATCH = 8192

export const decodeText: Backend['decodeText'] = (part) => {
  if (part.length > SCRATCH) return decodeLong(part)
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH)
  const length = scratch.write(part, 'base64url')
  if (scratch.toString('base64url', 0, length) !== part) return undefined
  const text = scratch.toString('utf8', 0, length)
  // Bytes that are no UTF-8 are read as U+FFFD; only a text that has one can be wrong, and nearly none has.
  return text.includes('\ufffd') && !isUtf8(scratch.subarray(0, length)) ? undefined : text
}

function decodeLong(part: string): string | undefined {
  const bytes = decode(part)
  return bytes !== undefined && isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

export const encodeText: Backend['encodeText'] = (text) => {
  // A character is at most three bytes of UTF-8.
  if (text.length * 3 > SCRATCH) return Buffer.from(text, 'utf8').toString('base64url')
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH)
  return scratch.toString('base64url', 0, scratch.write(text, 'utf8'))
}

/** The names node:crypto has for the digests. */
function hashName(row: EcdsaRow | RsaRow | HmacRow): string {
  return row.hash.replace('-', '').toLowerCase()
}

/** How node:crypto wants the digest and the key: bare wherever the defaults are right, for that is its fastest path. */
function signatureArguments(key: KeyObject, row: PairRow): [string | null, KeyObject | SignKeyObjectInput] {
  if (row.scheme === 'eddsa') return [null, key]
  if (row.scheme !== 'rsa-pss') return [hashName(row), key]
  // RFC 7518 §3.5: the salt is as long as the digest, no longer and no shorter.
  return [hashName(row), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: row.bytes }]
}

const inputBytes = createScratch()
const signatureBytes = createScratch()

function signWith(key: KeyObject, row: PairRow): (input: string) => string {
  const [hash, keyInput] = signatureArguments(key, row)
  const signBytes = (input: string): Buffer => sign(hash, inputBytes(input, 'latin1'), keyInput)
  return row.scheme === 'ecdsa'
    ? (input) => fromDer(signBytes(input), row.bytes)
    : (input) => signBytes(input).toString('base64url')
}

function verifyWith(key: KeyObject, row: PairRow): (input: string, signature: string) => boolean {
  const [hash, keyInput] = signatureArguments(key, row)
  const length = signatureLength(key, row)
  const isEcdsa = row.scheme === 'ecdsa'
  return (input, signature) => {
    const bytes = signatureBytes(signature, 'base64url')
    if (bytes.length !== length || bytes.toString('base64url') !== signature) return false
    return verify(hash, inputBytes(input, 'latin1'), keyInput, isEcdsa ? toDer(bytes) : bytes)
  }
}

/** In bytes: RFC 7518 §3.3 to §3.5, RFC 8032 §5.1.6. Another length is refused before any arithmetic. */
function signatureLength(key: KeyObject, row: PairRow): number {
  if (row.kty !== 'RSA') return 2 * row.bytes
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}

function privateHandle(jwk: Jwk, row: PairRow, extractable: boolean): KeyHandle {
  const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  return {
    sign: signWith(key, row),
    publicJwk: publicMembers(jwk),
    ...(extractable ? { exportPrivate: () => privateMembers(key.export({ format: 'jwk' })) } : {}),
  }
}

async function generateKey(row: PairRow): Promise<KeyObject> {
  if (row.kty === 'EC') return (await makePair('ec', { namedCurve: row.curve })).privateKey
  if (row.kty === 'OKP') return (await makePair('ed25519')).privateKey
  return (await makePair('rsa', { modulusLength: 2048 })).privateKey
}

export const copyText: Backend['copyText'] = (text) => Buffer.from(text, 'latin1').toString('latin1')

export const sha256: Backend['sha256'] = (text) => createHash('sha256').update(text, 'utf8').digest('base64url')

export const importPublic: Backend['importPublic'] = (jwk, row) => {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  return { verify: verifyWith(key, row), publicJwk: publicMembers(jwk) }
}

export const importPrivate: Backend['importPrivate'] = privateHandle

export const importSecret: Backend['importSecret'] = (bytes, row) => {
  const mac = createMac(bytes, row, hashName(row))
  return { sign: mac.of, verify: mac.matches }
}

export const generate: Backend['generate'] = async (row, extractable) => {
  const jwk = (await generateKey(row)).export({ format: 'jwk' })
  return { publicJwk: publicMembers(jwk), privateHandle: privateHandle(jwk, row, extractable) }
}
