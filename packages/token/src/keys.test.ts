// Keys and sets as a developer meets them: names, exports, thumbprints, and the sentences that misuse is answered with.
import { calculateJwkThumbprint, exportJWK, generateKeyPair as generateWithJose, type JWK } from 'jose'
import { describe, expect, test } from 'vitest'
import { createForger, goodClaims } from '../../../tests/support/forge-token.ts'
import { demands } from '../../../tests/support/judge-token.ts'
import {
  ALGORITHMS,
  createKeySet,
  createVerifier,
  exportJwk,
  exportPublicJwk,
  generateKeyPair,
  importJwk,
  importJwks,
  importSecret,
  sign,
  thumbprint,
  verify,
  verifySignature,
} from './index.ts'
import type { Algorithm, Jwk, Key, VerifierOptions } from './index.ts'

const asymmetric = ALGORITHMS.filter((algorithm) => !algorithm.startsWith('HS'))

test.each(asymmetric)(
  '%s: a pair is named by its thumbprint, leaves only when it may, and comes back',
  async (algorithm) => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
    const jwk = await exportJwk(privateKey)
    expect(privateKey).toEqual({ algorithm, kid: privateKey.kid, type: 'private', extractable: true })
    expect(publicKey).toEqual({ algorithm, kid: privateKey.kid, type: 'public', extractable: true })
    expect(jwk).toMatchObject({ alg: algorithm, use: 'sig', kid: privateKey.kid })
    expect(privateKey.kid).toBe(await thumbprint(jwk))
    expect(privateKey.kid).toBe(await calculateJwkThumbprint(jwk as JWK))
    expect(await exportJwk(publicKey)).toEqual(await exportPublicJwk(privateKey))
    const again = await importJwk(jwk, algorithm)
    expect(await exportPublicJwk(again)).toEqual(await exportPublicJwk(publicKey))
    const token = await sign({ a: 1 }, again, { type: 'JWT' })
    expect((await verifySignature(token, publicKey, { algorithms: [algorithm] })).header.kid).toBe(publicKey.kid)
  },
)

test('keys made by jose are keys here', async () => {
  for (const algorithm of asymmetric) {
    const { publicKey } = await generateWithJose(algorithm, { extractable: true })
    expect((await importJwk((await exportJWK(publicKey)) as Jwk, algorithm)).type).toBe('public')
  }
})

test('secrets have no public part, no pair and no way out', async () => {
  const secret = await importSecret(crypto.getRandomValues(new Uint8Array(32)), 'HS256', { kid: 'a' })
  expect(secret).toEqual({ algorithm: 'HS256', kid: 'a', type: 'secret', extractable: false })
  await expect(exportPublicJwk(secret)).rejects.toThrow(TypeError)
  await expect(exportJwk(secret)).rejects.toThrow(TypeError)
  await expect(generateKeyPair('HS256')).rejects.toThrow('importSecret')
  await expect(createKeySet([secret]).toJwks()).rejects.toThrow(TypeError)
})

test('a thumbprint needs what identifies the key', async () => {
  for (const jwk of [{}, { kty: 'EC', crv: 'P-256', x: 'AA' }, { kty: '__proto__' }, { kty: 'RSA', n: 'AA', e: 1 }]) {
    await expect(thumbprint(jwk as unknown as Jwk)).rejects.toMatchObject({ code: 'key_invalid' })
  }
})

describe('sets', () => {
  test('are published without anything private, and read back as they were', async () => {
    const pairs = await Promise.all(
      (['ES256', 'RS256', 'EdDSA'] as const).map((algorithm) => generateKeyPair(algorithm)),
    )
    const set = createKeySet(pairs.map(({ publicKey }) => publicKey))
    const document = JSON.parse(JSON.stringify(await set.toJwks())) as { keys: Jwk[] }
    expect(
      document.keys.flatMap(Object.keys).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)),
    ).toEqual([])
    const read = await importJwks(document, { algorithms: ['ES256', 'RS256', 'EdDSA'] })
    for (const { privateKey } of pairs) {
      const alg = privateKey.algorithm
      const { kid = '' } = privateKey
      expect(read.find({ alg, kid })?.algorithm).toBe(alg)
      expect(read.find({ alg })?.kid).toBe(kid)
      expect(read.find({ alg: 'PS512', kid })).toBeUndefined()
      expect(read.find({ alg, kid: 'x' })).toBeUndefined()
      const token = await sign(goodClaims, privateKey, { type: 'at+jwt' })
      expect((await verify(token, read, { ...demands, algorithms: [alg] })).claims).toEqual(goodClaims)
    }
  })

  test('hold only keys that verify', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    expect(() => createKeySet([privateKey])).toThrow(TypeError)
    expect(() => createKeySet([{} as Key])).toThrow(TypeError)
  })

  test('leave out what is for something else, and refuse what is wanted and broken', async () => {
    const { publicJwk } = createForger('ES256')
    const { alg: _, ...es384 } = { ...createForger('ES384', 'b').publicJwk, alg: undefined }
    const rsa = createForger('RS256', 'c').publicJwk
    const found = await importJwks(
      { keys: [publicJwk, es384, rsa, { kty: 'EC', use: 'enc', kid: 'd' }, { kty: 'new', kid: 'e' }] },
      { algorithms: ['ES256', 'ES384'] },
    )
    expect(found.keys.map((key) => key.algorithm)).toEqual(['ES256', 'ES384'])
    // Two wanted algorithms for one RSA key that names none: it serves exactly one, so it serves neither.
    expect((await importJwks({ keys: [rsa] }, { algorithms: ['RS256', 'PS256'] })).keys).toEqual([])
    expect(
      (await importJwks({ keys: [{ ...rsa, alg: 'PS256' }] }, { algorithms: ['RS256', 'PS256'] })).keys,
    ).toHaveLength(1)
    await expect(
      importJwks({ keys: [{ ...publicJwk, y: publicJwk.x }] }, { algorithms: ['ES256'] }),
    ).rejects.toMatchObject({ code: 'key_invalid' })
  })
})

test.each([
  [{ algorithms: undefined }, 'state the algorithms'],
  [{ algorithms: [] }, 'state the algorithms'],
  [{ algorithms: ['ES256', 'x'] }, 'not an algorithm'],
  [{ type: undefined }, 'state the type'],
  [{ type: '' }, 'state the type'],
  [{ issuer: '' }, 'state the issuer'],
  [{ issuer: undefined }, 'state the issuer'],
  [{ audience: undefined }, 'state the audience'],
  [{ audience: [] }, 'state the audience'],
  [{ audience: [''] }, 'state the audience'],
  [{ clockTolerance: -1 }, 'clockTolerance'],
  [{ clockTolerance: Infinity }, 'clockTolerance'],
  [{ clockTolerance: 601 }, 'clockTolerance'],
  [{ clockTolerance: '5s' }, 'clockTolerance'],
  [{ clockTolerance: NaN }, 'clockTolerance'],
  [{ maxLifetime: 0 }, 'maxLifetime'],
  [{ maxLifetime: NaN }, 'maxLifetime'],
  [{ maxLength: 0 }, 'maxLength'],
  [{ maxLength: 1.5 }, 'maxLength'],
  [{ required: 'sub' }, 'required'],
  [{ required: [1] }, 'required'],
  [{ now: 5 }, 'now'],
  [{ algorithm: 'ES256' }, 'has no option algorithm'],
  [{ ignoreExpiration: true }, 'has no option ignoreExpiration'],
] as const)('options %j are refused with a sentence', async (wrong, sentence) => {
  const key = await importJwk(createForger('ES256').publicJwk, 'ES256')
  const options = { ...demands, algorithms: ['ES256'], ...wrong } as unknown as VerifierOptions
  expect(() => createVerifier(key, options)).toThrow(TypeError)
  expect(() => createVerifier(key, options)).toThrow(sentence)
})

test('keys that cannot verify what is asked are refused before any token', async () => {
  const forger = createForger('ES256')
  const [key, own] = [await importJwk(forger.publicJwk, 'ES256'), await importJwk(forger.privateJwk, 'ES256')]
  const make = (keys: unknown, algorithm: Algorithm) => () =>
    createVerifier(keys as Key, { ...demands, algorithms: [algorithm] })
  expect(make(key, 'ES384')).toThrow('serves ES256')
  expect(make(own, 'ES256')).toThrow('private key does not verify')
  for (const wrong of [undefined, null, 'secret', forger.publicJwk, { ...key }, []]) {
    expect(make(wrong, 'ES256')).toThrow('make one with')
  }
  expect(() => createVerifier(key, undefined as unknown as VerifierOptions)).toThrow('needs its options')
})
