// ALG: a token that argues about its own algorithm (RFC 8725 §2.1, §3.1).
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createForger, encode, goodClaims, stamper } from '../../../../tests/support/forge-token.ts'
import { ALGORITHMS, createVerifier, importJwk, importSecret } from '../index.ts'
import type { Algorithm, Jwk, VerifierOptions } from '../index.ts'
import { createJudge, demands, verdict } from '../../../../tests/support/judge-token.ts'

const { forger, judge, judgeParts, key } = await createJudge('ES256')
const payload = encode(goodClaims)
const unsigned = (alg: unknown): string => `${encode({ ...forger.header, alg })}.${payload}.`

test.each(ALGORITHMS)(
  'what is refused below is refused for its fault alone: a good %s token is accepted',
  async (alg) => {
    const good = await createJudge(alg)
    expect(await good.judgeParts()).toBe('accepted')
  },
)

test('ALG-01 none without a signature', async () => {
  expect(await judge(unsigned('none'))).toBe('malformed')
  expect(await judge(`${encode({ alg: 'none' })}.${payload}`)).toBe('malformed')
})

test.each(['None', 'NONE', 'nOnE', 'none ', 'none'])('ALG-02 %j, with and without a signature', async (alg) => {
  expect(await judge(unsigned(alg))).toBe('malformed')
  expect(await judgeParts({ ...forger.header, alg })).toBe('algorithm_not_allowed')
  expect(await judgeParts(`{"alg":"\\u006e${alg.slice(1)}","typ":"at+jwt","kid":"key-1"}`)).toBe(
    'algorithm_not_allowed',
  )
})

test('ALG-03 none over the original signature', async () => {
  const [, body, signature] = forger.forge(forger.header, goodClaims).split('.')
  expect(await judge(`${encode({ ...forger.header, alg: 'none' })}.${body}.${signature}`)).toBe('algorithm_not_allowed')
})

test.each([undefined, null, 256, ['ES256'], { alg: 'ES256' }, true])('ALG-04 alg of another form: %j', async (alg) => {
  expect(await judgeParts({ ...forger.header, alg })).toBe('header_invalid')
})

test('ALG-04 an empty alg', async () => {
  expect(await judgeParts({ ...forger.header, alg: '' })).toBe('algorithm_not_allowed')
})

test.each(['es256', 'Es256', 'hs256', 'ES256 ', ' ES256', 'ES-256', 'SHA256withECDSA'])(
  'ALG-05 another spelling: %j',
  async (alg) => {
    expect(await judgeParts({ ...forger.header, alg })).toBe('algorithm_not_allowed')
  },
)

test.each(ALGORITHMS.filter((alg) => alg !== 'ES256'))('ALG-06 %s, which is real but not on the list', async (alg) => {
  const other = createForger(alg)
  expect(await judge(other.forge(other.header, goodClaims))).toBe('algorithm_not_allowed')
})

describe('ALG-07 a public key in the role of an HMAC secret', () => {
  const pairs: readonly [Algorithm, JsonWebKey][] = (['ES256', 'EdDSA', 'RS256'] as const).map((alg) => [
    alg,
    createForger(alg).publicJwk,
  ])

  test.each(pairs)('of %s, in every spelling', async (alg, jwk) => {
    const trusted = await importJwk(jwk, alg)
    // The verifier even allows HS256 beside the real algorithm: the key itself must refuse to be a secret.
    const options: VerifierOptions = { ...demands, algorithms: [alg, 'HS256'] }
    for (const secret of spellings(jwk)) {
      const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })}.${payload}`
      const signature = createHmac('sha256', secret).update(input).digest('base64url')
      expect(await verdict(`${input}.${signature}`, trusted, options)).toBe('algorithm_not_allowed')
    }
  })

  test('and no spelling of a public key is taken for a secret when keys are made', async () => {
    for (const [alg, jwk] of pairs) {
      for (const spelling of spellings(jwk)) {
        await expect(importJwk(spelling.toString() as unknown as Jwk, 'HS256')).rejects.toMatchObject({
          code: 'key_invalid',
        })
      }
      await expect(importJwk(jwk as Jwk, 'HS256')).rejects.toMatchObject({ code: 'key_invalid' })
      await expect(importSecret(JSON.stringify(jwk) as unknown as Uint8Array, 'HS256')).rejects.toThrow(TypeError)
      await expect(importSecret(new Uint8Array(64), alg)).rejects.toThrow(TypeError)
    }
  })

  function spellings(jwk: JsonWebKey): Buffer[] {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const spki = key.export({ type: 'spki', format: 'pem' }).toString()
    const pems = jwk.kty === 'RSA' ? [spki, key.export({ type: 'pkcs1', format: 'pem' }).toString()] : [spki]
    const texts = pems.flatMap((pem) => [
      pem,
      pem.trimEnd(),
      `${pem}\n`,
      pem.replaceAll('\n', '\r\n'),
      ` ${pem}`,
      `\uFEFF${pem}`,
      `junk ${pem}`,
      pem.replaceAll(' PUBLIC KEY', ' CERTIFICATE'),
    ])
    const raw = [jwk.x, jwk.y].filter((part) => part !== undefined).map((part) => Buffer.from(part, 'base64url'))
    return [
      ...[...texts, JSON.stringify(jwk), JSON.stringify({ keys: [jwk] })].map((text) => Buffer.from(text)),
      key.export({ type: 'spki', format: 'der' }),
      ...raw,
      Buffer.concat([Buffer.of(4), ...raw]),
    ]
  }
})

describe('ALG-08 one key, another algorithm of its kind', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [publicRsa, privateRsa] = [rsa.publicKey.export({ format: 'jwk' }), rsa.privateKey.export({ format: 'jwk' })]

  test.each([
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
    ['RS256', 'RS512'],
    ['PS384', 'PS256'],
  ] as const)('a key for %s does not check %s, though both are allowed', async (own, other) => {
    const trusted = await importJwk({ ...publicRsa, kid: 'key-1' }, own)
    for (const [alg, verdictOf] of [
      [own, 'accepted'],
      [other, 'algorithm_not_allowed'],
    ] as const) {
      const input = `${encode({ alg, typ: 'at+jwt', kid: 'key-1' })}.${payload}`
      const token = `${input}.${stamper(alg, privateRsa)(input).toString('base64url')}`
      expect(await verdict(token, trusted, { ...demands, algorithms: [own, other] })).toBe(verdictOf)
    }
  })

  test('a key of P-256 does not check ES384, nor becomes a key for it', async () => {
    const input = `${encode({ ...forger.header, alg: 'ES384' })}.${payload}`
    const token = `${input}.${forger.stamp(input).toString('base64url')}`
    expect(await judge(token, { algorithms: ['ES256', 'ES384'] })).toBe('algorithm_not_allowed')
    await expect(importJwk(forger.publicJwk as Jwk, 'ES384')).rejects.toMatchObject({ code: 'key_invalid' })
  })
})

test('ALG-09 the JWK says another algorithm than its importer; without one, the importer decides and not the token', async () => {
  await expect(importJwk({ ...forger.publicJwk, alg: 'ES384' }, 'ES256')).rejects.toMatchObject({
    code: 'key_invalid',
  })
  expect(key.algorithm).toBe('ES256')
  expect(await judgeParts({ ...forger.header, alg: 'ES384' })).toBe('algorithm_not_allowed')
})

test('ALG-10 Ed25519 is not EdDSA: only the configured name is', async () => {
  const ed = await createJudge('EdDSA')
  expect(await ed.judgeParts()).toBe('accepted')
  expect(await ed.judgeParts({ ...ed.forger.header, alg: 'Ed25519' })).toBe('algorithm_not_allowed')
  await expect(importJwk(ed.forger.publicJwk as Jwk, 'Ed25519' as Algorithm)).rejects.toThrow(TypeError)
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
  'ALG-11 %s is no algorithm, and no other error',
  async (alg) => {
    expect(await judgeParts({ ...forger.header, alg })).toBe('algorithm_not_allowed')
    expect(() => createVerifier(key, { ...demands, algorithms: [alg as Algorithm] })).toThrow(TypeError)
    await expect(importJwk(forger.publicJwk, alg as Algorithm)).rejects.toThrow('is not an algorithm')
    await expect(importJwk({ ...forger.publicJwk, alg }, 'ES256')).rejects.toMatchObject({ code: 'key_invalid' })
  },
)

test.each([
  '{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"key-1"}',
  '{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"key-1"}',
  '{"alg":"ES256","typ":"at+jwt","kid":"key-1","\\u0061lg":"ES256"}',
])('ALG-12 alg twice: %s', async (header) => {
  expect(await judgeParts(header)).toBe('malformed')
})

test('a header that was remembered serves for itself alone: the next one is read like the first', async () => {
  const verifier = createVerifier(key, { ...demands, algorithms: ['ES256'] })
  const good = forger.forge(forger.header, goodClaims)
  const headers = [{ alg: 'none' }, { typ: 'JWT' }, { crit: ['x'] }, { kid: 'key-2' }, { jku: 'https://evil.example' }]
  for (const changed of headers) {
    expect((await verifier(good)).header).toEqual(forger.header)
    const other = forger.forge({ ...forger.header, ...changed }, goodClaims)
    await expect(async () => verifier(other)).rejects.toMatchObject({ name: 'TokenError' })
  }
})

test.each([undefined, [], '', 'ES256', ['none'], ['ES256', 'none'], null])(
  'ALG-13 a verifier cannot be made with algorithms %j',
  (algorithms) => {
    const options = { ...demands, algorithms } as unknown as VerifierOptions
    expect(() => createVerifier(key, options)).toThrow(TypeError)
  },
)
