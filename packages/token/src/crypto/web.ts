// The backend on Web Crypto, for every runtime that has it: browsers, edge workers, Deno, Bun. Answers by promise.
import type { webcrypto } from 'node:crypto'
import type { Jwk } from '../jwk.ts'
import type { KeyHandle } from '../key.ts'
import type { Backend, PairRow } from './backend.ts'
import { privateMembers, publicMembers } from './members.ts'

const BASE64URL = /^[A-Za-z0-9_-]*$/

function decode(part: string): Uint8Array<ArrayBuffer> | undefined {
  // atob skips spaces and takes padding, so the alphabet first, and then: what was read must write itself back as the same text.
  if (!BASE64URL.test(part) || part.length % 4 === 1) return undefined
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return encodeBytes(bytes) === part ? bytes : undefined
}

export const decodeBytes: Backend['decodeBytes'] = decode

function encodeBytes(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

/** How Web Crypto calls the algorithm of a key. */
function keyParams(row: PairRow) {
  if (row.scheme === 'ecdsa') return { name: 'ECDSA', namedCurve: row.curve }
  if (row.scheme === 'eddsa') return { name: row.curve }
  return { name: row.scheme === 'rsa-pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: row.hash }
}

/** What it wants to know for each signature. */
function signParams(row: PairRow) {
  if (row.scheme === 'ecdsa') return { name: 'ECDSA', hash: row.hash }
  if (row.scheme === 'rsa-pss') return { name: 'RSA-PSS', saltLength: row.bytes }
  return { name: keyParams(row).name }
}

function signHandle(key: webcrypto.CryptoKey, row: PairRow, publicJwk: Jwk): KeyHandle {
  const params = signParams(row)
  return {
    sign: async (input) => encodeBytes(new Uint8Array(await crypto.subtle.sign(params, key, utf8(input)))),
    publicJwk: publicMembers(publicJwk),
    ...(key.extractable ? { exportPrivate: async () => privateMembers(await exportKey(key)) } : {}),
  }
}

/** Web Crypto's type for the same thing. */
function mutable(jwk: Jwk): webcrypto.JsonWebKey {
  const { key_ops: _, ...members } = jwk
  return members
}

async function exportKey(key: webcrypto.CryptoKey): Promise<Jwk> {
  const jwk: object = await crypto.subtle.exportKey('jwk', key)
  return jwk as Jwk
}

export const importPublic: Backend['importPublic'] = async (jwk, row) => {
  const key = await crypto.subtle.importKey('jwk', mutable(publicMembers(jwk)), keyParams(row), false, ['verify'])
  const params = signParams(row)
  const length = row.kty === 'RSA' ? decode(jwk.n ?? '')?.length : 2 * row.bytes
  return {
    verify: async (input, signature) => {
      const bytes = decode(signature)
      return bytes?.length === length && bytes !== undefined && crypto.subtle.verify(params, key, bytes, utf8(input))
    },
    publicJwk: publicMembers(jwk),
  }
}

export const importPrivate: Backend['importPrivate'] = async (jwk, row, extractable) => {
  const key = await crypto.subtle.importKey('jwk', mutable(jwk), keyParams(row), extractable, ['sign'])
  return signHandle(key, row, jwk)
}

export const importSecret: Backend['importSecret'] = async (bytes, row) => {
  const params = { name: 'HMAC', hash: row.hash }
  const key = await crypto.subtle.importKey('raw', bytes, params, false, ['sign', 'verify'])
  return {
    sign: async (input) => encodeBytes(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(input)))),
    verify: async (input, signature) => {
      const bytes = decode(signature)
      // Web Crypto compares in constant time (Web Cryptography §31.6.2).
      return bytes?.length === row.bytes && crypto.subtle.verify('HMAC', key, bytes, utf8(input))
    },
  }
}

export const decodeText: Backend['decodeText'] = (part) => {
  const bytes = decode(part)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export const encodeText: Backend['encodeText'] = (text) => encodeBytes(utf8(text))

export const copyText: Backend['copyText'] = (text) => new TextDecoder().decode(utf8(text))

export const sha256: Backend['sha256'] = async (text) =>
  encodeBytes(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))

export const generate: Backend['generate'] = async (row, extractable) => {
  const params =
    row.kty === 'RSA'
      ? { ...keyParams(row), modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
      : keyParams(row)
  const pair = (await crypto.subtle.generateKey(params, extractable, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const publicJwk = publicMembers(await exportKey(pair.publicKey))
  return { publicJwk, privateHandle: signHandle(pair.privateKey, row, publicJwk) }
}
