// The cache of verified tokens: exact, bounded, and never the last word on key or time (CLM-17).
import { expect, test } from 'vitest'
import { AUDIENCE, createForger, goodClaims, ISSUER, NOW } from '../../../tests/support/forge-token.ts'
import { demands } from '../../../tests/support/judge-token.ts'
import { createTokenCache } from './cache.ts'
import { createKeySet, createVerifier, importJwk, TokenError } from './index.ts'
import type { Key, KeySource, Verified, VerifierOptions } from './index.ts'

const forger = createForger('ES256')
const key = await importJwk(forger.publicJwk, 'ES256')
const token = (changed: object = {}): string => forger.forge(forger.header, { ...goodClaims, ...changed })

/** A verifier with a cache and a clock, over a source that counts how often the full check asks it. */
function create(options: Partial<VerifierOptions> = {}, first: Key | undefined = key) {
  const state = { at: NOW * 1000, key: first as Key | undefined }
  const source: KeySource = { find: () => state.key }
  const verify = createVerifier(source, {
    ...demands,
    algorithms: ['ES256'],
    now: () => state.at,
    cache: {},
    ...options,
  })
  const verdict = async (token: string): Promise<Verified | string> => {
    try {
      return await verify(token)
    } catch (error) {
      if (error instanceof TokenError) return error.code
      throw error
    }
  }
  return { state, verdict }
}

test('the same token is the same answer, and nobody may change it', async () => {
  const { verdict } = create()
  const one = token({ roles: ['reader'], more: { deep: [{}] } })
  const first = (await verdict(one)) as Verified
  expect(first.claims).toEqual({ ...goodClaims, roles: ['reader'], more: { deep: [{}] } })
  // A hit answers the very object; a second verification would have made another.
  expect(await verdict(one)).toBe(first)
  const more = first.claims['more'] as { deep: { x?: number }[] }
  expect(() => ((first.claims as { sub: string }).sub = 'admin')).toThrow(TypeError)
  expect(() => more.deep.push({})).toThrow(TypeError)
  expect(() => ((more.deep[0] ?? {}).x = 1)).toThrow(TypeError)
  expect(() => ((first.header as { kid: string }).kid = 'x')).toThrow(TypeError)
})

test('without a cache nothing is remembered', async () => {
  const verify = createVerifier(key, { ...demands, algorithms: ['ES256'] })
  const one = token()
  expect(await verify(one)).not.toBe(await verify(one))
})

test('CLM-17 a token that dies while it is cached is dead', async () => {
  const { state, verdict } = create({ clockTolerance: 5 })
  const one = token()
  const first = await verdict(one)
  state.at = (goodClaims.exp + 5) * 1000 - 1
  expect(await verdict(one)).toBe(first)
  state.at = (goodClaims.exp + 5) * 1000
  expect(await verdict(one)).toBe('expired')
  // It was forgotten: when the clock is set back it is verified anew.
  state.at = NOW * 1000
  expect(await verdict(one)).not.toBe(first)
})

test('CLM-17 a clock that goes back is noticed on a hit: nbf and iat hold again', async () => {
  for (const name of ['nbf', 'iat']) {
    const { state, verdict } = create()
    const one = token({ [name]: NOW })
    const first = await verdict(one)
    expect(await verdict(one)).toBe(first)
    state.at = NOW * 1000 - 1
    expect(await verdict(one)).toBe('not_yet_valid')
  }
})

test('CLM-17 a token is forgotten when its key leaves the set', async () => {
  const { state, verdict } = create()
  const one = token()
  const first = await verdict(one)
  state.key = undefined
  expect(await verdict(one)).toBe('key_not_found')
  state.key = await importJwk(createForger('ES256').publicJwk, 'ES256')
  expect(await verdict(one)).toBe('signature_invalid')
  state.key = key
  const again = await verdict(one)
  expect(again).toEqual(first)
  expect(again).not.toBe(first)
})

test('CLM-17 another key under the same name is another key', async () => {
  const { state, verdict } = create()
  const one = token()
  expect(await verdict(one)).toHaveProperty('claims')
  state.key = await importJwk(createForger('ES256').publicJwk, 'ES256')
  expect(state.key.kid).toBe(key.kid)
  expect(await verdict(one)).toBe('signature_invalid')
})

test('the same key read again is the same key: a document that is reloaded forgets nothing', async () => {
  const { state, verdict } = create()
  const one = token()
  const first = await verdict(one)
  state.key = await importJwk(forger.publicJwk, 'ES256')
  expect(state.key).not.toBe(key)
  expect(await verdict(one)).toBe(first)
  state.key = await importJwk({ ...forger.publicJwk, kid: 'key-2' }, 'ES256')
  expect(await verdict(one)).toBe('key_not_found')
})

test('a source that has to wait is waited for, and its refusal is a refusal', async () => {
  let answer: () => Promise<Key | undefined> = () => Promise.resolve(key)
  const verify = createVerifier({ find: () => answer() }, { ...demands, algorithms: ['ES256'], cache: {} })
  const one = token()
  const first = await verify(one)
  expect(await verify(one)).toEqual(first)
  answer = () => Promise.reject(new Error('away'))
  await expect(async () => verify(one)).rejects.toThrow('away')
  answer = () => Promise.resolve(key)
  expect(await verify(one)).toEqual(first)
  answer = () => Promise.resolve(undefined)
  await expect(async () => verify(one)).rejects.toMatchObject({ code: 'key_not_found' })
})

test('CLM-17 tokens that share a slot are different tokens', async () => {
  // One set only, so that every token shares it with every other.
  const { verdict } = create({ cache: { entries: 1 } })
  const tokens = Array.from({ length: 40 }, (_, index) => token({ sub: `user-${index}` }))
  for (const _ of [1, 2]) {
    for (const [index, one] of tokens.entries()) {
      expect(((await verdict(one)) as Verified).claims.sub).toBe(`user-${index}`)
    }
  }
})

test('CLM-17 a token that differs anywhere from a cached one is not taken for it', async () => {
  const { verdict } = create({ cache: { entries: 1 } })
  const one = token()
  expect(await verdict(one)).toHaveProperty('claims')
  for (let at = 0; at < one.length; at++) {
    const other = one.slice(0, at) + (one[at] === 'A' ? 'B' : 'A') + one.slice(at + 1)
    expect(await verdict(other)).toBeTypeOf('string')
    // What was refused is not held: the good one is still there or is verified again.
    expect(await verdict(other)).toBeTypeOf('string')
  }
  expect(await verdict(one)).toHaveProperty('claims')
})

const verified: Verified = { header: { alg: 'ES256' }, claims: { iss: ISSUER, aud: AUDIENCE, exp: NOW } }
const random = (length: number): string => {
  let text = ''
  while (text.length < length) text += Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('base64url')
  return text.slice(0, length)
}

test('a flood of fresh tokens fills the slots and no more, and each newcomer costs one slot', () => {
  const cache = createTokenCache({ entries: 256, bytes: 2_000_000 })
  let largest = 0
  for (let round = 0; round < 20_000; round++) {
    const before = cache.size().entries
    cache.put(random(500), verified, key)
    const after = cache.size().entries
    expect(after - before === 0 || after - before === 1).toBe(true)
    largest = Math.max(largest, cache.size().bytes)
    if (round > 200) round += 37
  }
  expect(cache.size().entries).toBeLessThanOrEqual(256)
  expect(largest).toBeLessThanOrEqual(2_000_000)
})

test('a flood of forged tokens pushes nothing out', async () => {
  // 256 sets of sixteen for twenty tokens: none of these pushes another out.
  const { verdict } = create({ cache: { entries: 4096 } })
  const known = Array.from({ length: 20 }, (_, index) => token({ sub: `user-${index}` }))
  const answers = await Promise.all(known.map(verdict))
  for (let round = 0; round < 500; round++) {
    const [header, payload, signature = ''] = (known[round % known.length] ?? '').split('.')
    const flipped = signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))
    expect(await verdict(`${header}.${payload}.${flipped}`)).toBe('signature_invalid')
  }
  for (const [index, one] of known.entries()) expect(await verdict(one)).toBe(answers[index])
})

test('a fresh token pushes out one other at the most', () => {
  const cache = createTokenCache({ entries: 64 })
  const known = Array.from({ length: 200 }, () => random(300))
  for (const one of known) cache.put(one, verified, key)
  let held = known.filter((one) => cache.get(one) !== undefined)
  expect(held.length).toBeGreaterThan(32)
  for (let round = 0; round < 50; round++) {
    cache.put(random(300), verified, key)
    const left = held.filter((one) => cache.get(one) !== undefined)
    expect(held.length - left.length).toBeLessThanOrEqual(1)
    held = left
  }
})

test('most of what fits is found again, whatever the algorithm: slots are spread by the signature', () => {
  for (const lengths of [[43], [86], [342], [86, 'gAA']] as const) {
    const [length, zeros = ''] = lengths
    const cache = createTokenCache({ entries: 4096 })
    const tokens = Array.from({ length: 1024 }, () => `eyJhbGciOiJ4In0.e30.${random(length)}${zeros}`)
    for (const one of tokens) cache.put(one, verified, key)
    const found = tokens.filter((one) => cache.get(one) !== undefined).length
    // 1,024 tokens in 256 sets of sixteen slots: a seventeenth of a set is one in a million.
    expect(found).toBeGreaterThan(1020)
  }
})

test('a token that needs more than its share of the bytes is not kept', () => {
  const cache = createTokenCache({ entries: 16, bytes: 16 * (6 * 500 + 512) })
  const [fits, large] = [random(500), random(501)]
  cache.put(fits, verified, key)
  cache.put(large, verified, key)
  expect(cache.get(fits)?.verified).toBe(verified)
  expect(cache.get(large)).toBeUndefined()
})

test('what is kept does not keep alive what it was cut from', () => {
  const cache = createTokenCache({ entries: 1 })
  const body = `${random(300)} ${'x'.repeat(1000)}`
  cache.put(body.slice(0, 300), verified, key)
  expect(cache.get(body.slice(0, 300))?.token).toBe(body.slice(0, 300))
  expect(cache.get(undefined as unknown as string)).toBeUndefined()
})

test.each([{ entries: 0 }, { entries: 1.5 }, { entries: 2 ** 25 }, { bytes: 0 }, { bytes: NaN }, { entries: '9' }])(
  'limits that are none: %j',
  (cache) => {
    const options = { ...demands, algorithms: ['ES256'], cache } as unknown as VerifierOptions
    expect(() => createVerifier(createKeySet([key]), options)).toThrow(TypeError)
  },
)
