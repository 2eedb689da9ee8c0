// A key whose private part is elsewhere: what it signs verifies, and what is no signature never leaves.
import { sign as signBytes, generateKeyPairSync, constants, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { externalKey } from './external-key.ts'
import { importJwk } from './keys.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

type Elsewhere = (input: Uint8Array, key: KeyObject) => Uint8Array
const P1363: Elsewhere = (input, key) => signBytes('sha256', input, { key, dsaEncoding: 'ieee-p1363' })
const PSS: Elsewhere = (input, key) =>
  signBytes('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })

const claims = { iss: 'i', aud: 'a', sub: 's', exp: Math.floor(Date.now() / 1000) + 60 }
const options = { type: 'at+jwt' }

test.each([
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), P1363],
  ['EdDSA', () => generateKeyPairSync('ed25519'), (input: Uint8Array, key: KeyObject) => signBytes(null, input, key)],
  ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }), PSS],
] as const)('%s', async (algorithm, generate, elsewhere) => {
  const { publicKey, privateKey } = generate()
  const jwk = publicKey.export({ format: 'jwk' })
  const key = await externalKey(jwk, algorithm, async (input) => elsewhere(input, privateKey))
  expect(key).toMatchObject({ algorithm, type: 'private', extractable: false, kid: expect.any(String) })
  const token = await sign(claims, key, options)
  const verified = await verify(token, await importJwk({ ...jwk, kid: key.kid ?? '' }, algorithm), {
    algorithms: [algorithm],
    type: 'at+jwt',
    issuer: 'i',
    audience: 'a',
  })
  expect(verified.header.kid).toBe(key.kid)
})

describe('what is no signature under the public key never leaves', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const jwk = publicKey.export({ format: 'jwk' })
  test.each<[string, Elsewhere]>([
    ['DER', (input, key) => signBytes('sha256', input, key)],
    ['another hash', (input, key) => signBytes('sha384', input, { key, dsaEncoding: 'ieee-p1363' })],
    ['another key', (input) => P1363(input, stranger)],
    ['nothing', () => new Uint8Array()],
  ])('%s', async (_, elsewhere) => {
    const key = await externalKey(jwk, 'ES256', async (input) => elsewhere(input, privateKey))
    await expect(sign(claims, key, options)).rejects.toThrow(/is no signature of ES256/)
  })

  test('a private JWK, a secret algorithm and a key of another kind are mistakes', async () => {
    const never = async () => new Uint8Array()
    await expect(externalKey(privateKey.export({ format: 'jwk' }), 'ES256', never)).rejects.toThrow(/leave the private/)
    await expect(externalKey(jwk, 'HS256', never)).rejects.toThrow(TypeError)
    await expect(externalKey(jwk, 'ES384', never)).rejects.toMatchObject({ code: 'key_invalid' })
  })
})
