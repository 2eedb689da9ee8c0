// KEY: keys that the token brings, names that are commands, and keys that are none (RFC 8725 §3.2 to §3.5, §3.10; RFC 7517, RFC 7518).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createForger, goodClaims } from '../../../../tests/support/forge-token.ts'
import { createJudge, demands, verdict } from '../../../../tests/support/judge-token.ts'
import { createKeySet, importJwk, importJwks, importSecret } from '../index.ts'
import type { Jwk, Key, KeySource, VerifierOptions } from '../index.ts'

const { forger, judge, judgeParts, key } = await createJudge('ES256')
const options: VerifierOptions = { ...demands, algorithms: ['ES256'] }
const evil = createForger('ES256')

// Whoever follows a token's pointer comes here, and is counted.
let hits = 0
const canary = createServer((_, response) => {
  hits++
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ keys: [evil.publicJwk] }))
})
let address = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/keys.json`
})
afterAll(async () => {
  // The counter works: this one counts.
  await fetch(address)
  expect(hits).toBe(1)
  await new Promise((resolve) => canary.close(resolve))
})

test('what is changed below is accepted unchanged', async () => {
  expect(await judgeParts()).toBe('accepted')
})

test('KEY-01 the key in the header', async () => {
  for (const jwk of [evil.publicJwk, { ...evil.publicJwk, kid: 'key-1' }, evil.privateJwk, null, 'x']) {
    for (const kid of ['key-1', undefined]) {
      expect(await judge(evil.forge({ ...evil.header, kid, jwk }, goodClaims))).toBe('header_invalid')
    }
  }
  expect(await judge(evil.forge(evil.header, goodClaims))).toBe('signature_invalid')
})

test('KEY-02 an address in the header is not asked', async () => {
  for (const name of ['jku', 'x5u']) {
    for (const one of [evil, forger]) {
      expect(await judge(one.forge({ ...one.header, [name]: address }, goodClaims))).toBe('header_invalid')
    }
  }
  // A name that is an address, and an issuer that is one, are looked up and compared, not visited.
  expect(await judge(evil.forge({ ...evil.header, kid: address }, goodClaims))).toBe('key_not_found')
  expect(await judge(forger.forge(forger.header, { ...goodClaims, iss: address }))).toBe('issuer_mismatch')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(hits).toBe(0)
})

test('KEY-03 a certificate of its own', async () => {
  const x5c = [Buffer.from('a certificate').toString('base64')]
  expect(await judge(evil.forge({ ...evil.header, x5c }, goodClaims))).toBe('header_invalid')
})

test('KEY-04 a name that is a path, a query, a command', async () => {
  const asked: string[] = []
  const source: KeySource = {
    find: ({ kid }) => {
      asked.push(kid ?? '')
      return undefined
    },
  }
  const names = [
    '../../../../dev/null',
    '/proc/sys/kernel/randomize_va_space',
    '\u0000',
    "' OR 1=1 --",
    '*)(uid=*',
    '$(id)',
    '😀',
  ]
  for (const kid of names) {
    expect(await verdict(evil.forge({ ...evil.header, kid }, goodClaims), source, options)).toBe('key_not_found')
    expect(await judge(evil.forge({ ...evil.header, kid }, goodClaims))).toBe('key_not_found')
  }
  expect(asked).toEqual(names)
  // Ten thousand characters do not even get to be asked about.
  for (const kid of ['x'.repeat(257), 'x'.repeat(4000), '']) {
    expect(await verdict(evil.forge({ ...evil.header, kid }, goodClaims), source, options)).toBe('header_invalid')
  }
  expect(asked).toEqual(names)
})

test.each([[1], [['key-1']], [{}], [null], [true]])('KEY-05 kid %j is no name', async (kid) => {
  expect(await judgeParts({ ...forger.header, kid })).toBe('header_invalid')
})

test.each(['__proto__', 'constructor', 'toString'])('KEY-05 kid %s is a name like another', async (kid) => {
  const keys = createKeySet([key])
  expect(await verdict(evil.forge({ ...evil.header, kid }, goodClaims), keys, options)).toBe('key_not_found')
})

describe('KEY-07 a source that answers something else', () => {
  const token = forger.forge(forger.header, goodClaims)
  const answers: readonly unknown[] = [
    '',
    new Uint8Array(),
    Buffer.from('secret'),
    {},
    'PEM',
    0,
    false,
    NaN,
    { ...key },
  ]

  test.each(answers)('%j', async (answer) => {
    for (const found of [answer, Promise.resolve(answer)]) {
      expect(await verdict(token, { find: () => found as Key }, options)).toBe('key_invalid')
    }
  })

  test.each([null, undefined])('%j', async (answer) => {
    for (const found of [answer, Promise.resolve(answer)]) {
      expect(await verdict(token, { find: () => found as unknown as Key }, options)).toBe('key_not_found')
    }
  })

  test('an error is an error, and nobody comes in', async () => {
    const failing = [() => Promise.reject(new Error('away')), () => { throw new Error('away') }] // prettier-ignore
    for (const find of failing) await expect(verdict(token, { find }, options)).rejects.toThrow('away')
  })

  test('a private key, a key of another algorithm, a key of another name', async () => {
    const [own, other] = [await importJwk(forger.privateJwk, 'ES256'), await createJudge('ES384')]
    expect(await verdict(token, { find: () => own }, options)).toBe('key_invalid')
    expect(await verdict(token, { find: () => other.key }, options)).toBe('algorithm_not_allowed')
    const named = await importJwk({ ...forger.publicJwk, kid: 'key-2' }, 'ES256')
    expect(await verdict(token, { find: () => named }, options)).toBe('key_not_found')
    expect(await verdict(token, { find: () => Promise.resolve(key) }, options)).toBe('accepted')
  })
})

test('KEY-08 a secret that is too short, or plainly not random', async () => {
  for (const [algorithm, least] of [
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const) {
    const random = crypto.getRandomValues(new Uint8Array(least))
    expect((await importSecret(random, algorithm)).type).toBe('secret')
    const hex = Buffer.from(random).toString('hex')
    expect((await importSecret(Buffer.from(hex), algorithm)).type).toBe('secret')
    const encoded = (bytes: Uint8Array): Jwk => ({ kty: 'oct', k: Buffer.from(bytes).toString('base64url') })
    const weak = [new Uint8Array(least), Buffer.from('secret'.repeat(20)), Buffer.from('0123456789'.repeat(9))]
    for (const short of [new Uint8Array(0), random.subarray(1), ...weak]) {
      await expect.soft(importSecret(short, algorithm)).rejects.toMatchObject({ code: 'key_invalid' })
    }
    for (const short of [new Uint8Array(0), random.subarray(1)]) {
      await expect.soft(importJwk(encoded(short), algorithm)).rejects.toMatchObject({ code: 'key_invalid' })
    }
    expect((await importJwk(encoded(random), algorithm)).type).toBe('secret')
  }
})

describe('KEY-12 and KEY-13 sets that are ambiguous', () => {
  const other = createForger('ES256', 'key-2')
  const secret = createForger('HS256', 'key-3')
  const load = (keys: unknown) => importJwks({ keys }, { algorithms: ['ES256', 'HS256'] })

  test('two keys of one name', async () => {
    await expect(load([forger.publicJwk, { ...other.publicJwk, kid: 'key-1' }])).rejects.toMatchObject({
      code: 'key_invalid',
    })
    // Also where one of the two is for something else and would be left out.
    await expect(load([forger.publicJwk, { ...other.publicJwk, kid: 'key-1', use: 'enc' }])).rejects.toMatchObject({
      code: 'key_invalid',
    })
    const twin = await importJwk({ ...other.publicJwk, kid: 'key-1' }, 'ES256')
    expect(() => createKeySet([key, twin])).toThrow('same kid')
    expect((await load([forger.publicJwk, other.publicJwk])).keys).toHaveLength(2)
  })

  test('secrets beside public keys', async () => {
    await expect(load([forger.publicJwk, secret.publicJwk])).rejects.toMatchObject({ code: 'key_invalid' })
    const hmac = await importJwk(secret.publicJwk, 'HS256')
    expect(() => createKeySet([key, hmac])).toThrow('mixes')
    // Also where the secret is for an algorithm that nobody here wants and would be left out.
    const mixed = importJwks({ keys: [forger.publicJwk, secret.publicJwk] }, { algorithms: ['ES256'] })
    await expect(mixed).rejects.toMatchObject({ code: 'key_invalid' })
    // A service that wants public keys takes no secret from a document, even when there is nothing else.
    const found = await importJwks({ keys: [secret.publicJwk] }, { algorithms: ['ES256'] })
    expect(found.keys).toEqual([])
  })
})

test('KEY-14 a document with private members is refused whole', async () => {
  const rsa = createForger('RS256', 'key-2')
  for (const jwk of [
    forger.privateJwk,
    rsa.privateJwk,
    { ...rsa.publicJwk, p: 'AQAB' },
    { ...forger.publicJwk, k: 'AAAA' },
  ]) {
    const load = importJwks({ keys: [jwk] }, { algorithms: ['ES256', 'RS256'] })
    await expect(load).rejects.toMatchObject({ code: 'key_invalid' })
  }
  expect(JSON.stringify(await createKeySet([key]).toJwks())).not.toContain('"d"')
})

test.each([
  null,
  [],
  {},
  { keys: {} },
  { keys: [null] },
  { keys: ['x'] },
  { keys: [[]] },
  'x',
  undefined,
  { keys: Array.from({ length: 101 }, () => ({})) },
])('KEY-15 a document that is none: %j', async (document) => {
  await expect(importJwks(document, { algorithms: ['ES256'] })).rejects.toMatchObject({ code: 'key_invalid' })
})

test('KEY-19 without a name there must be exactly one candidate', async () => {
  const { kid: _, ...nameless } = forger.header
  const token = forger.forge(nameless, goodClaims)
  const [second, third] = [createForger('ES256', 'key-2'), createForger('ES384', 'key-3')]
  const keys = [key, await importJwk(third.publicJwk, 'ES384')]
  expect(await verdict(token, key, options)).toBe('accepted')
  expect(await verdict(token, createKeySet(keys), options)).toBe('accepted')
  const two = createKeySet([...keys, await importJwk(second.publicJwk, 'ES256')])
  expect(await verdict(token, two, options)).toBe('key_not_found')
  expect(await verdict(forger.forge(forger.header, goodClaims), two, options)).toBe('accepted')
  expect(await verdict(token, createKeySet([]), options)).toBe('key_not_found')
})
