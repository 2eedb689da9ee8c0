// The ring of signing keys, on both engines: one key at first, published before it signs, withdrawn at once, sealed at rest.
import { verify } from '@hallpass/token'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, startDatabases, type Databases } from '../../../../tests/support/databases.ts'
import { testClock } from '../../../../tests/support/in-process.ts'
import { sign } from '@hallpass/token'
import { openStore } from '../store/open.ts'
import { createKeyRing, PUBLISH_AHEAD } from './ring.ts'
import { generateSecret, parseSecret } from './secret.ts'

const DAY = 86_400_000
const LIFETIME = 900_000
let databases: Databases
beforeAll(async () => void (databases = await startDatabases()))
afterAll(() => databases.close())

describe.each(engines)('on %s', (engine) => {
  const secret = parseSecret(generateSecret())
  const setUp = async () => {
    // PostgreSQL's own clock decides there: the test's begins with it.
    const clock = testClock(Date.now())
    const database = await databases.fresh(engine)
    const store = await openStore(database, { now: clock.now })
    const ring = () =>
      createKeyRing({ store, secrets: [secret], algorithm: 'ES256', lifetime: LIFETIME, now: clock.now })
    return { clock, database, store, ring }
  }

  test('twenty nodes start on an empty database: one key', async () => {
    const { ring, store } = await setUp()
    const rings = await Promise.all(Array.from({ length: 20 }, ring))
    expect(await store.keys()).toHaveLength(1)
    const kids = await Promise.all(rings.map(async (one) => (await one.signer()).kid))
    expect(new Set(kids).size).toBe(1)
    await store.close()
  })

  test('the next key is published a day before it signs, and the last one until its tokens have died', async () => {
    const { ring, clock, store } = await setUp()
    const one = await ring()
    const first = (await one.signer()).kid
    const rings = await Promise.all(Array.from({ length: 5 }, ring))
    const rotated = await Promise.all([one, ...rings].map((each) => each.rotate()))
    expect(rotated.filter(Boolean)).toHaveLength(1)
    const published = async () => (await one.jwks()).keys.map(({ kid }) => kid)
    clock.advance(60_000)
    const [, second] = await published()
    expect(await published()).toEqual([first, second])
    expect((await one.signer()).kid).toBe(first)

    clock.advance(PUBLISH_AHEAD + 60_000)
    expect((await one.signer()).kid).toBe(second)
    expect(await published()).toEqual([first, second])
    clock.advance(LIFETIME)
    expect(await published()).toEqual([second])
    expect((await one.list()).map(({ state }) => state)).toEqual(['retiring', 'signing'])
    clock.advance(DAY)
    expect(await one.retire()).toBe(1)
    expect(await store.keys()).toHaveLength(1)
    await store.close()
  })

  test('a compromised key is withdrawn at once, and the next one signs at once', async () => {
    const { ring, clock, store } = await setUp()
    const one = await ring()
    const signer = await one.signer()
    const at = Math.floor(clock.now() / 1000)
    const token = await sign({ iss: 'i', aud: 'a', sub: 's', iat: at, exp: at + 900 }, signer, { type: 'at+jwt' })
    const check = () =>
      verify(token, one, { algorithms: ['ES256'], type: 'at+jwt', issuer: 'i', audience: 'a', now: clock.now })
    await expect(check()).resolves.toBeDefined()
    expect(await one.revoke(signer.kid ?? '')).toBe(true)
    await expect(check()).rejects.toMatchObject({ code: 'key_not_found' })
    const next = await one.signer()
    expect(next.kid).not.toBe(signer.kid)
    expect((await one.jwks()).keys.map(({ kid }) => kid)).toEqual([next.kid])
    expect(await one.revoke('nobody')).toBe(false)
    await store.close()
  })

  test('by the clock: the next key is published in time to sign when the last one has signed for long enough, once', async () => {
    const { ring, clock, store } = await setUp()
    const one = await ring()
    const first = (await one.signer()).kid
    // The store's clock decides, and PostgreSQL has its own: how long ago is said by how long is allowed.
    const [signing] = await one.list()
    const age = (await store.now()) - (signing?.signsFrom ?? 0)
    expect(await one.rotate(age + PUBLISH_AHEAD + 60_000)).toBe(false)
    expect(await one.rotate(age + PUBLISH_AHEAD - 1)).toBe(true)
    expect(await one.rotate(age + PUBLISH_AHEAD - 1)).toBe(false)
    expect((await one.signer()).kid).toBe(first)
    clock.advance(PUBLISH_AHEAD + 60_000)
    expect((await one.signer()).kid).not.toBe(first)
    await store.close()
  })

  test('another algorithm is a reason for the next key, and both are published', async () => {
    const { ring, clock, store } = await setUp()
    await ring()
    const other = await createKeyRing({
      store,
      secrets: [secret],
      algorithm: 'EdDSA',
      lifetime: LIFETIME,
      now: clock.now,
    })
    expect(await other.rotate(90 * DAY)).toBe(true)
    expect((await other.list()).map(({ algorithm }) => algorithm)).toEqual(['ES256', 'EdDSA'])
    await store.close()
  })

  test('a secret is changed without another key: sealed again under the new one, which opens alone from then on', async () => {
    const { ring, clock, store } = await setUp()
    const { kid } = await (await ring()).signer()
    const next = parseSecret(generateSecret())
    const withSecrets = (...secrets: [typeof next, ...(typeof next)[]]) =>
      createKeyRing({ store, secrets, algorithm: 'ES256', lifetime: LIFETIME, now: clock.now })
    await expect(withSecrets(next)).rejects.toThrow(/no loaded secret/)
    const both = await withSecrets(next, secret)
    expect(await both.reseal()).toBe(1)
    expect(await both.reseal()).toBe(0)
    expect((await (await withSecrets(next)).signer()).kid).toBe(kid)
    await expect(withSecrets(secret)).rejects.toThrow(/no loaded secret/)
    expect((await store.audit({ limit: 1 }))[0]?.event).toBe('keys_resealed')
    await store.close()
  })

  test('private keys are sealed: a dump opens nothing, another secret refuses to start, two secrets go over', async () => {
    const { ring, clock, store } = await setUp()
    await ring()
    const rows = JSON.stringify(await store.keys())
    expect(rows).not.toMatch(/\\"d\\"/)
    const other = parseSecret(generateSecret())
    const withSecrets = (...secrets: [typeof other, ...(typeof other)[]]) =>
      createKeyRing({ store, secrets, algorithm: 'ES256', lifetime: LIFETIME, now: clock.now })
    await expect(withSecrets(other)).rejects.toThrow(/no loaded secret opens the signing keys/)
    await expect(withSecrets(other, secret)).resolves.toBeDefined()
    await store.close()
  })

  test('HS256 for one service alone: it signs and verifies here, and nothing of it is published', async () => {
    const { clock, store } = await setUp()
    const make = () =>
      createKeyRing({ store, secrets: [secret], algorithm: 'HS256', lifetime: LIFETIME, now: clock.now })
    const [one, two] = [await make(), await make()]
    const at = Math.floor(clock.now() / 1000)
    const claims = { iss: 'i', aud: 'a', sub: 's', iat: at, exp: at + 900 }
    const token = await sign(claims, await one.signer(), { type: 'at+jwt' })
    const options = { algorithms: ['HS256'], type: 'at+jwt', issuer: 'i', audience: 'a', now: clock.now } as const
    expect((await verify(token, two, options)).claims).toMatchObject(claims)
    expect(await one.jwks()).toEqual({ keys: [] })
    expect(JSON.stringify(await store.keys())).not.toMatch(/\\"k\\"/)
    await store.close()
  })

  test('what is published is public', async () => {
    const { ring, store } = await setUp()
    const { keys } = await (await ring()).jwks()
    expect(keys.map((jwk) => Object.keys(jwk).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']])
    await store.close()
  })
})

test('nodes of one server see each other’s keys: an unknown one is looked for, and not for every made-up name', async () => {
  const clock = testClock(Date.now())
  const database = await databases.fresh('postgres')
  const secret = parseSecret(generateSecret())
  const node = async () => {
    const store = await openStore(database)
    return {
      store,
      ring: await createKeyRing({ store, secrets: [secret], algorithm: 'ES256', lifetime: LIFETIME, now: clock.now }),
    }
  }
  const [one, two] = [await node(), await node()]
  await one.ring.revoke((await one.ring.signer()).kid ?? '')
  const { kid } = await one.ring.signer()
  if (kid === undefined) throw new Error('no kid')
  expect(await two.ring.find({ alg: 'ES256', kid })).toMatchObject({ kid })
  expect(() => two.ring.find({ alg: 'ES256', kid: 'made up' })).toThrow('just now')
  clock.advance(5_000)
  expect(await two.ring.find({ alg: 'ES256', kid: 'made up' })).toBeUndefined()
  await one.store.close()
  await two.store.close()
})

test('twenty nodes, each with connections of its own, start at once: one schema, one key; rotate at once: one more', async () => {
  const database = await databases.fresh('postgres')
  const secret = parseSecret(generateSecret())
  const nodes = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const store = await openStore(database, { connections: 2 })
      const ring = await createKeyRing({
        store,
        secrets: [secret],
        algorithm: 'ES256',
        lifetime: LIFETIME,
        now: Date.now,
      })
      return { store, ring }
    }),
  )
  const [first] = nodes
  expect(new Set(nodes.map(({ store }) => store.id)).size).toBe(1)
  expect(await first?.store.keys()).toHaveLength(1)
  const signing = await Promise.all(nodes.map(async ({ ring }) => (await ring.signer()).kid))
  expect(new Set(signing).size).toBe(1)

  const rotated = await Promise.all(nodes.map(({ ring }) => ring.rotate()))
  expect(rotated.filter(Boolean)).toHaveLength(1)
  expect(await first?.store.keys()).toHaveLength(2)
  // Two withdrawals of the signing key, at once, by different nodes: one of them made the next, and no node is left without.
  await Promise.all(nodes.slice(0, 5).map(({ ring }) => ring.revoke(signing[0] ?? '')))
  await Promise.all(nodes.map(({ ring }) => ring.reload()))
  const next = await Promise.all(nodes.map(async ({ ring }) => (await ring.signer()).kid))
  expect(new Set(next).size).toBe(1)
  expect(next).not.toContain(signing[0])
  // The one that waited, whose public key every service has.
  const living = (await first?.store.keys())?.filter((row) => row.revokedAt === null)
  expect(living?.map(({ kid }) => kid)).toContain(next[0])
  for (const { store } of nodes) await store.close()
})
