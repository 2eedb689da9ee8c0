// KEY: what is no key, or too weak a one, does not become a key (RFC 7517 §4, RFC 7518 §6, RFC 8725 §3.4, §3.5).
import { createPrivateKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createForger } from '../../../../tests/support/forge-token.ts'
import { exportJwk, importJwk, type Algorithm, type Jwk } from '../index.ts'

const forgers = (['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256'] as const).map((alg) => ({ alg, ...createForger(alg) }))
const [ec, , , ed, rsa] = forgers as [Forged, Forged, Forged, Forged, Forged]
type Forged = (typeof forgers)[0]

/** `public`, `private` or `secret`, or the code of the refusal. */
async function kind(jwk: object, algorithm: Algorithm): Promise<string> {
  try {
    return (await importJwk(jwk as Jwk, algorithm)).type
  } catch (error) {
    return (error as { code: string }).code
  }
}

const encoded = (hex: string): string => Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64url')
const decoded = (text = ''): Buffer => Buffer.from(text, 'base64url')

test.each(forgers)('a good key for $alg becomes one, public and private', async ({ alg, publicJwk, privateJwk }) => {
  expect(await kind(publicJwk, alg)).toBe('public')
  expect(await kind(privateJwk, alg)).toBe('private')
  expect(await kind({ ...publicJwk, alg, use: 'sig', key_ops: ['verify'] }, alg)).toBe('public')
})

describe('KEY-09 weak RSA keys', () => {
  const n = BigInt(`0x${decoded(rsa.publicJwk.n).toString('hex')}`)
  const withModulus = (modulus: bigint): object => ({ kty: 'RSA', e: 'AQAB', n: encoded(modulus.toString(16)) })

  test('fewer than 2048 bits, more than 8192', async () => {
    for (const modulusLength of [512, 1024, 2040]) {
      const small = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
      expect(await kind(small, 'RS256')).toBe('key_invalid')
      expect(await kind(small, 'PS256')).toBe('key_invalid')
    }
    expect(await kind(withModulus(n), 'RS256')).toBe('public')
    expect(await kind(withModulus((n >> 1n) | 1n), 'RS256')).toBe('key_invalid')
    expect(await kind(withModulus((n << 6200n) | 1n), 'RS256')).toBe('key_invalid')
  })

  test.each(['', 'AA', 'AQ', 'Ag', 'Aw', 'EQ', 'AQAA', 'AQAC', 'AAEAAQ', 'AQAAAAE', 'gACAAQ'])('e = %s', async (e) => {
    const verdict = await kind({ ...rsa.publicJwk, e }, 'RS256')
    // Above 2^16, odd, within 32 bits: 0x80008001 is; the others are not.
    expect(verdict).toBe(e === 'gACAAQ' ? 'public' : 'key_invalid')
  })

  test('an even modulus, a leading zero, a negative one in disguise', async () => {
    expect(await kind(withModulus(n + 1n), 'RS256')).toBe('key_invalid')
    const zero = Buffer.concat([Buffer.of(0), decoded(rsa.publicJwk.n)]).toString('base64url')
    expect(await kind({ ...rsa.publicJwk, n: zero }, 'RS256')).toBe('key_invalid')
  })

  test('primes that a chip chose from too few (ROCA): powers of 65537 modulo every small prime', async () => {
    // Any number that is 1 modulo the primorial has the fingerprint: 1 is a power of 65537.
    let primorial = 1n
    for (let prime = 2n; prime <= 167n; prime++) {
      let composite = false
      for (let by = 2n; by * by <= prime; by++) composite ||= prime % by === 0n
      if (!composite) primorial *= prime
    }
    const roca = (n / primorial) * primorial + 1n
    expect(roca.toString(2)).toHaveLength(2048)
    expect(await kind(withModulus(roca), 'RS256')).toBe('key_invalid')
    expect(await kind(withModulus(roca + 2n), 'RS256')).toBe('public')
  })

  test('primes side by side (Fermat)', async () => {
    const root = 3n << 1022n
    for (const [p, q, verdict] of [
      [root + 1n, root + 3n, 'key_invalid'],
      [root + 1n, root + (1n << 500n) + 1n, 'key_invalid'],
      [root + 1n, root + (1n << 600n) + 1n, 'public'],
    ] as const) {
      expect(await kind(withModulus(p * q), 'RS256')).toBe(verdict)
    }
  })

  test('private members that are missing, or more than two primes', async () => {
    for (const name of ['p', 'q', 'dp', 'dq', 'qi']) {
      expect(await kind({ ...rsa.privateJwk, [name]: undefined }, 'RS256')).toBe('key_invalid')
    }
    expect(await kind({ ...rsa.privateJwk, oth: [{ r: 'AQ', d: 'AQ', t: 'AQ' }] }, 'RS256')).toBe('key_invalid')
  })
})

describe('KEY-10 points and types', () => {
  test('a point off its curve, and the one at infinity', async () => {
    for (const { alg, publicJwk } of forgers.slice(0, 3)) {
      const y = decoded(publicJwk.y)
      y[y.length - 1] = (y.at(-1) ?? 0) ^ 1
      expect(await kind({ ...publicJwk, y: y.toString('base64url') }, alg)).toBe('key_invalid')
      const zero = Buffer.alloc(y.length).toString('base64url')
      expect(await kind({ ...publicJwk, x: zero, y: zero }, alg)).toBe('key_invalid')
    }
  })

  test('coordinates of another length, with the same value', async () => {
    const longer = Buffer.concat([Buffer.of(0), decoded(ec.publicJwk.x)]).toString('base64url')
    expect(await kind({ ...ec.publicJwk, x: longer }, 'ES256')).toBe('key_invalid')
    expect(await kind({ ...ec.publicJwk, y: undefined }, 'ES256')).toBe('key_invalid')
    expect(await kind({ ...ed.publicJwk, x: longer }, 'EdDSA')).toBe('key_invalid')
    expect(await kind({ ...ec.privateJwk, d: longer }, 'ES256')).toBe('key_invalid')
    expect(await kind({ ...ec.publicJwk, x: `${ec.publicJwk.x}=` }, 'ES256')).toBe('key_invalid')
    expect(await kind({ ...ec.publicJwk, x: [ec.publicJwk.x] }, 'ES256')).toBe('key_invalid')
  })

  test('every key for every other algorithm', async () => {
    for (const one of forgers) {
      for (const { alg } of forgers) {
        if (alg === one.alg) continue
        expect(await kind(one.publicJwk, alg), `${one.alg} as ${alg}`).toBe('key_invalid')
        expect(await kind({ ...one.publicJwk, kty: 'oct' }, alg)).toBe('key_invalid')
      }
      expect(await kind(one.publicJwk, 'HS256')).toBe('key_invalid')
    }
    for (const kty of ['oct', 'RSA', 'ec', '', undefined, null, ['EC']]) {
      expect(await kind({ ...ec.publicJwk, kty }, 'ES256')).toBe('key_invalid')
    }
    expect(await kind({ ...ec.publicJwk, crv: 'secp256k1' }, 'ES256')).toBe('key_invalid')
    expect(await kind({ ...ed.publicJwk, crv: 'Ed448' }, 'EdDSA')).toBe('key_invalid')
    const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
    expect(await kind(x25519, 'EdDSA')).toBe('key_invalid')
  })

  test.each([null, 'x', 1, [], undefined, {}])('%j is no JWK', async (jwk) => {
    expect(await kind(jwk as object, 'ES256')).toBe('key_invalid')
  })

  test('a name that is none', async () => {
    for (const kid of ['', 1, null, {}, 'x'.repeat(257)]) {
      expect(await kind({ ...ec.publicJwk, kid }, 'ES256')).toBe('key_invalid')
    }
  })
})

describe('KEY-11 keys for another purpose', () => {
  test.each([
    [{ use: 'enc' }, 'key_invalid', 'key_invalid'],
    [{ use: 'SIG' }, 'key_invalid', 'key_invalid'],
    [{ use: ['sig'] }, 'key_invalid', 'key_invalid'],
    [{ key_ops: [] }, 'key_invalid', 'key_invalid'],
    [{ key_ops: ['encrypt'] }, 'key_invalid', 'key_invalid'],
    [{ key_ops: ['verify', 'verify'] }, 'key_invalid', 'key_invalid'],
    [{ key_ops: 'verify' }, 'key_invalid', 'key_invalid'],
    [{ key_ops: ['sign'] }, 'key_invalid', 'private'],
    [{ key_ops: ['verify'] }, 'public', 'key_invalid'],
    [{ key_ops: ['sign', 'verify'] }, 'public', 'private'],
  ])('%j', async (purpose, asPublic, asPrivate) => {
    expect(await kind({ ...ec.publicJwk, ...purpose }, 'ES256')).toBe(asPublic)
    expect(await kind({ ...ec.privateJwk, ...purpose }, 'ES256')).toBe(asPrivate)
  })
})

test('a public key with a member that only private ones have', async () => {
  for (const name of ['p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
    expect(await kind({ ...rsa.publicJwk, [name]: 'AQAB' }, 'RS256')).toBe('key_invalid')
    expect(await kind({ ...ec.publicJwk, [name]: 'AQAB' }, 'ES256')).toBe('key_invalid')
  }
})

test('a private part that is not the one of its public part', async () => {
  for (const { alg, publicJwk } of [ec, ed, rsa]) {
    const other = createForger(alg)
    const mixed =
      alg === 'RS256'
        ? { ...other.privateJwk, n: publicJwk.n }
        : { ...publicJwk, d: (other.privateJwk as JsonWebKey).d }
    expect(await kind(mixed, alg)).toBe('key_invalid')
  }
})

test('an error about a key holds nothing of it, and a private key does not leave', async () => {
  const bad = { ...ec.privateJwk, x: ec.privateJwk.y }
  const error = await importJwk(bad as Jwk, 'ES256').catch((error: unknown) => error as Error)
  expect(error).toBeInstanceOf(Error)
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(ec.privateJwk.d)
  expect((error as Error).cause).toBeUndefined()
  const key = await importJwk(ec.privateJwk, 'ES256')
  expect(key.extractable).toBe(false)
  await expect(exportJwk(key)).rejects.toThrow(TypeError)
  expect(JSON.stringify(key)).toBe('{"algorithm":"ES256","kid":"key-1","type":"private","extractable":false}')
  expect(createPrivateKey({ key: ec.privateJwk, format: 'jwk' }).asymmetricKeyType).toBe('ec')
})
