// HDR: headers that change what the token means (RFC 7515 §4.1, RFC 7797, RFC 8725 §3.11, RFC 9068 §4).
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createForger, encode, goodClaims } from '../../../../tests/support/forge-token.ts'
import { createJudge, verdict } from '../../../../tests/support/judge-token.ts'
import { importJwk, verifySignature } from '../index.ts'

const { forger, judge, judgeParts, key } = await createJudge('ES256')

test('what is changed below is accepted unchanged', async () => {
  expect(await judgeParts()).toBe('accepted')
})

test('HDR-01 a critical extension nobody knows', async () => {
  const header = { ...forger.header, crit: ['exp'], exp: 1 }
  expect(await judgeParts(header)).toBe('extension_unsupported')
  await expect(verifySignature(forger.forge(header, goodClaims), key, { algorithms: ['ES256'] })).rejects.toMatchObject(
    { code: 'extension_unsupported' },
  )
})

test.each([[[]], ['exp'], [['b64', 'b64']], [['alg']], [['absent']], [[1]], [null], [{}], [true], [['']]])(
  'HDR-02 crit %j',
  async (crit) => expect(await judgeParts({ ...forger.header, crit })).toBe('extension_unsupported'),
)

test('HDR-03 a payload that is not encoded', async () => {
  const claims = JSON.stringify(goodClaims)
  for (const extension of [
    { b64: false },
    { b64: false, crit: ['b64'] },
    { b64: true },
    { b64: true, crit: ['b64'] },
  ]) {
    const header = encode({ ...forger.header, ...extension })
    const raw = `${header}.${claims}`
    expect(await judge(`${raw}.${forger.stamp(raw).toString('base64url')}`)).toBe('malformed')
    expect(await judgeParts({ ...forger.header, ...extension })).toBe('extension_unsupported')
  }
})

test('HDR-04 a compressed payload', async () => {
  const deflated = deflateRawSync(JSON.stringify(goodClaims))
  for (const zip of ['DEF', 'none', null]) {
    expect(await judgeParts({ ...forger.header, zip }, deflated)).not.toBe('accepted')
    expect(await judgeParts({ ...forger.header, zip })).toBe('extension_unsupported')
  }
})

test.each(['at+jwt', 'AT+JWT', 'At+Jwt', 'application/at+jwt', 'Application/AT+JWT'])(
  'HDR-05 %s is the type of an access token',
  async (typ) => expect(await judgeParts({ ...forger.header, typ })).toBe('accepted'),
)

test.each([
  [undefined, 'type_mismatch'],
  ['', 'type_mismatch'],
  ['JWT', 'type_mismatch'],
  ['id_token', 'type_mismatch'],
  ['dpop+jwt', 'type_mismatch'],
  ['statuslist+jwt', 'type_mismatch'],
  ['logout+jwt', 'type_mismatch'],
  ['at+jwt ', 'type_mismatch'],
  ['text/at+jwt', 'type_mismatch'],
  ['application/application/at+jwt', 'type_mismatch'],
  ['at+jwt;charset=utf-8', 'type_mismatch'],
  // The Kelvin sign is k in lower case, and the long s is S in upper case: neither is ours.
  ['at+jwt\u212a', 'type_mismatch'],
  ['application/x-at+jwt', 'type_mismatch'],
  [1, 'header_invalid'],
  [['at+jwt'], 'header_invalid'],
  [null, 'header_invalid'],
  [{}, 'header_invalid'],
])('HDR-05 %j is not', async (typ, code) => expect(await judgeParts({ ...forger.header, typ })).toBe(code))

test('HDR-05 types are folded as ASCII: the Kelvin sign is no k', async () => {
  const token = forger.forge({ ...forger.header, typ: '\u212aey+jwt' }, goodClaims)
  expect(await judge(token, { type: 'key+jwt' })).toBe('type_mismatch')
  expect(await judge(forger.forge({ ...forger.header, typ: 'KEY+jwt' }, goodClaims), { type: 'key+jwt' })).toBe(
    'accepted',
  )
})

test('HDR-05 only one application/ may be left out, and only before a name without a slash', async () => {
  const token = forger.forge({ ...forger.header, typ: 'application/text/x' }, goodClaims)
  expect(await judge(token, { type: 'text/x' })).toBe('type_mismatch')
  expect(await judge(forger.forge({ ...forger.header, typ: 'TEXT/x' }, goodClaims), { type: 'text/x' })).toBe(
    'accepted',
  )
})

test('HDR-06 a token in a token', async () => {
  const inner = forger.forge(forger.header, goodClaims)
  for (const cty of ['JWT', 'jwt', 'application/jwt', 'json', null]) {
    expect(await judgeParts({ ...forger.header, cty }, inner)).toBe('extension_unsupported')
    expect(await judgeParts({ ...forger.header, cty })).toBe('extension_unsupported')
  }
  expect(await judgeParts(forger.header, inner)).toBe('malformed')
})

/** An encrypted token as its recipient would accept it (RFC 7516), here with the key that everybody has. */
function encrypt(header: object, contentKey: Buffer, encryptedKey: Buffer, content: Buffer): string {
  const protectedHeader = encode({ ...header, enc: 'A256GCM' })
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', contentKey, iv)
  cipher.setAAD(Buffer.from(protectedHeader))
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()])
  return [protectedHeader, ...[encryptedKey, iv, ciphertext, cipher.getAuthTag()].map(encode)].join('.')
}

test('HDR-07 an encrypted token: anybody who has the public key can make one', async () => {
  const rsa = createForger('RS256')
  const trusted = await importJwk(rsa.publicJwk, 'RS256')
  const contentKey = randomBytes(32)
  const publicKey = createPublicKey({ key: rsa.publicJwk, format: 'jwk' })
  const encryptedKey = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, contentKey)
  const unsigned = Buffer.from(`${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(goodClaims)}.`)
  const demands = { algorithms: ['RS256'], type: 'at+jwt', issuer: goodClaims.iss, audience: goodClaims.aud } as const
  for (const content of [Buffer.from(JSON.stringify(goodClaims)), unsigned]) {
    for (const header of [{ alg: 'RSA-OAEP' }, { alg: 'RSA-OAEP', cty: 'JWT' }, { alg: 'RS256', typ: 'at+jwt' }]) {
      expect(await verdict(encrypt(header, contentKey, encryptedKey, content), trusted, demands)).toBe('malformed')
    }
    expect(await verdict(encrypt({ alg: 'dir' }, contentKey, Buffer.of(), content), trusted, demands)).toBe('malformed')
  }
  // Three of its five parts, as a signed token that names an encryption.
  expect(await judgeParts({ ...forger.header, enc: 'A256GCM' })).toBe('extension_unsupported')
  expect(await judgeParts({ ...forger.header, alg: 'RSA-OAEP' })).toBe('algorithm_not_allowed')
})

test('HDR-08 work by order: a billion rounds, or a bomb', async () => {
  const header = { alg: 'PBES2-HS256+A128KW', p2c: 1_000_000_000, p2s: 'c2FsdA' }
  const bomb = deflateRawSync(Buffer.alloc(2_000_000))
  expect(await judge(encrypt(header, randomBytes(32), randomBytes(40), bomb))).toBe('malformed')
  expect(await judge(encrypt({ alg: 'dir', zip: 'DEF' }, randomBytes(32), Buffer.of(), bomb))).toBe('malformed')
  expect(await judgeParts(header)).toBe('algorithm_not_allowed')
  expect(await judgeParts({ ...forger.header, p2c: 1_000_000_000 })).toBe('accepted')
})
