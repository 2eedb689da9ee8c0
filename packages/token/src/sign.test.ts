// Signing: the same bytes for the same claims, and no token that every verifier would refuse.
import { decodeJwt, importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createForger, goodClaims, NOW } from '../../../tests/support/forge-token.ts'
import {
  ALGORITHMS,
  createSigner,
  createVerifier,
  exportPublicJwk,
  generateKeyPair,
  importJwk,
  importSecret,
  sign,
  verify,
} from './index.ts'
import type { Claims, Key, SignOptions } from './index.ts'

const secret = crypto.getRandomValues(new Uint8Array(64))
const hmac = await importSecret(secret, 'HS256', { kid: 'key-1' })
const decode = (part = ''): string => Buffer.from(part, 'base64url').toString('utf8')

test('members keep their order: alg, typ, kid, and the claims as they were given', async () => {
  const token = await sign({ sid: 's', iss: 'i', exp: 2, aud: ['a', 'b'], more: { z: 1, a: 2 } }, hmac, {
    type: 'at+jwt',
  })
  const [header, payload] = token.split('.')
  expect(decode(header)).toBe('{"alg":"HS256","typ":"at+jwt","kid":"key-1"}')
  expect(decode(payload)).toBe('{"sid":"s","iss":"i","exp":2,"aud":["a","b"],"more":{"z":1,"a":2}}')
  expect(
    await sign({ sid: 's', iss: 'i', exp: 2, aud: ['a', 'b'], more: { z: 1, a: 2 } }, hmac, { type: 'at+jwt' }),
  ).toBe(token)
})

test('a key without a name makes a header without one', async () => {
  const nameless = await importSecret(secret, 'HS256')
  expect(decode((await sign({}, nameless, { type: 'JWT' })).split('.')[0])).toBe('{"alg":"HS256","typ":"JWT"}')
})

test.each(ALGORITHMS)(
  'what we sign with %s, jose accepts, and jsonwebtoken and fast-jwt where they speak it',
  async (algorithm) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { ...goodClaims, iat: now, exp: now + 60, text: 'é漢😀"\\\u2028' }
    const isSecret = algorithm.startsWith('HS')
    const pair = isSecret ? undefined : await generateKeyPair(algorithm)
    const signer = pair?.privateKey ?? (await importSecret(secret, algorithm, { kid: 'key-1' }))
    const token = await sign(claims, signer, { type: 'at+jwt' })
    const jwk = pair && (await exportPublicJwk(pair.publicKey))
    const joseKey = jwk === undefined ? secret : await importJWK({ ...jwk } as JWK, algorithm)
    const { payload, protectedHeader } = await jwtVerify(token, joseKey, {
      algorithms: [algorithm],
      typ: 'at+jwt',
      issuer: claims.iss,
      audience: claims.aud,
    })
    expect(payload).toEqual(claims)
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: signer.kid })
    const nodeKey = jwk === undefined ? Buffer.from(secret) : createPublicKey({ key: jwk, format: 'jwk' })
    // jsonwebtoken 9 knows no EdDSA.
    if (algorithm !== 'EdDSA') {
      const accepted = jsonwebtoken.verify(token, nodeKey, { algorithms: [algorithm] })
      expect(accepted).toEqual(claims)
    }
    const fastKey = Buffer.isBuffer(nodeKey) ? nodeKey : nodeKey.export({ format: 'pem', type: 'spki' })
    expect(createFastVerifier({ key: fastKey, algorithms: [algorithm] })(token)).toEqual(claims)
  },
)

test.each(ALGORITHMS)('what jose signs with %s, we accept', async (algorithm) => {
  const forger = createForger(algorithm)
  const token = await new SignJWT(goodClaims)
    .setProtectedHeader(forger.header)
    .sign(await importJWK(forger.privateJwk as Record<string, unknown>, algorithm))
  const { claims } = await verify(token, await importJwk(forger.publicJwk, algorithm), {
    algorithms: [algorithm],
    type: 'at+jwt',
    issuer: goodClaims.iss,
    audience: goodClaims.aud,
    now: () => NOW * 1000,
  })
  expect(claims).toEqual(goodClaims)
  expect(decodeJwt(token)).toEqual(goodClaims)
})

test.each([
  [{ exp: '1' }, 'exp is a number of seconds'],
  [{ iat: NaN }, 'iat is a number of seconds'],
  [{ nbf: Infinity }, 'nbf is a number of seconds'],
  [{ exp: Date.now() }, 'exp is a number of seconds'],
  [null, 'claims are an object'],
  [[], 'claims are an object'],
  ['x', 'claims are an object'],
  [{ more: 'x'.repeat(6200) }, 'put less into it'],
  [{ more: 'half \ud83d' }, 'half a character'],
  [{ ['\udc00']: 1 }, 'half a character'],
  [{ more: '\\\ud800' }, 'half a character'],
])('claims nobody would accept: %j', async (claims, sentence) => {
  await expect(sign(claims as unknown as Claims, hmac, { type: 'JWT' })).rejects.toThrow(sentence)
  await expect(sign(claims as unknown as Claims, hmac, { type: 'JWT' })).rejects.toThrow(TypeError)
})

test('a backslash before ud is only text', async () => {
  const claims = { text: '\\ud800 \\\\udfff', iss: 'i', aud: 'a', exp: NOW }
  const token = await sign(claims, hmac, { type: 'JWT' })
  const verifier = createVerifier(hmac, {
    algorithms: ['HS256'],
    type: 'JWT',
    issuer: 'i',
    audience: 'a',
    now: () => 0,
  })
  expect((await verifier(token)).claims).toEqual(claims)
})

test('a long token that its verifier allows is signed by createSigner only up to what headers carry', async () => {
  const signer = createSigner(hmac, { type: 'JWT' })
  expect((await signer({ more: 'x'.repeat(6000) })).length).toBeLessThanOrEqual(8192)
})

test.each([undefined, {}, { type: '' }, { type: 'a b' }, { type: 1 }, { type: 'JWT', kid: 'x' }])(
  'a signer cannot be made with %j',
  (options) => {
    expect(() => createSigner(hmac, options as unknown as SignOptions)).toThrow(TypeError)
  },
)

test('what is not a key that signs does not sign', async () => {
  const forger = createForger('ES256')
  const key = await importJwk(forger.publicJwk, 'ES256')
  expect(() => createSigner(key, { type: 'JWT' })).toThrow('public key does not sign')
  for (const wrong of [undefined, {}, { ...hmac }, forger.privateJwk, 'secret']) {
    expect(() => createSigner(wrong as unknown as Key, { type: 'JWT' })).toThrow(TypeError)
  }
})
