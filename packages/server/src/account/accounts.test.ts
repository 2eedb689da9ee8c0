// Proving who somebody is costs the same whoever is asked for: counted at the hasher and at the store.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDatabases, type Databases } from '../../../../tests/support/databases.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { createAccounts } from './accounts.ts'
import { createPasswordHasher, DEFAULT_PARAMETERS, type HashParameters } from './password-hash.ts'

const PASSWORD = 'correct horse battery'
let databases: Databases
let store: Store
const asked: string[] = []
beforeAll(async () => {
  databases = await startDatabases()
  store = await openStore(await databases.fresh('sqlite'))
})
afterAll(async () => {
  await store.close()
  await databases.close()
})

/** The same store, with a list of what it was asked. */
const counted = new Proxy({} as Store, {
  get(_, name: keyof Store) {
    const value = store[name]
    if (typeof value !== 'function') return value
    return (...args: readonly unknown[]) => {
      asked.push(name)
      return Reflect.apply(value, store, args)
    }
  },
})

let ids = 0
const accountsWith = (parameters: HashParameters = DEFAULT_PARAMETERS) => {
  const hasher = createPasswordHasher({ parameters, random: randomBytes })
  const newId = () => `account-${++ids}`
  return {
    hasher,
    accounts: createAccounts({ store: counted, hasher, minLength: 15, serviceWords: [], now: Date.now, newId }),
  }
}

test('ENU-02: existing, unknown, malformed, disabled: the same computations, the same questions', async () => {
  const { hasher, accounts } = accountsWith()
  await accounts.create({ email: 'ada@example.com', password: PASSWORD })
  const eve = await accounts.create({ email: 'eve@example.com', password: PASSWORD })
  if (eve.result !== 'created') throw new Error(eve.result)
  await store.endSubject(eve.account.id, {
    at: 0,
    reason: 'revoked',
    revokedUntil: 0,
    disable: true,
    audit: { at: 0, event: 'test' },
  })

  const cost = async (email: string, password: string) => {
    const before = hasher.computations()
    asked.length = 0
    const proven = await accounts.prove(email, password)
    return { proven: proven !== undefined, computations: hasher.computations() - before, asked: [...asked] }
  }
  const expected = { proven: false, computations: 1, asked: ['accountByEmail', 'subject'] }
  expect(await cost('ada@example.com', 'wrong')).toEqual(expected)
  expect(await cost('nobody@example.com', 'wrong')).toEqual(expected)
  expect(await cost('not an address', 'wrong')).toEqual(expected)
  expect(await cost('eve@example.com', 'wrong')).toEqual(expected)
  expect(await cost('ada@example.com', 'lone \ud800 surrogate')).toEqual(expected)
  expect(await cost('ada@example.com', PASSWORD)).toEqual({ ...expected, proven: true })
})

test('signing up costs one computation whether or not the address is taken', async () => {
  const { hasher, accounts } = accountsWith()
  const cost = async (email: string) => {
    const before = hasher.computations()
    const { result } = await accounts.create({ email, password: PASSWORD })
    return [result, hasher.computations() - before]
  }
  expect(await cost('new@example.com')).toEqual(['created', 1])
  expect(await cost('new@example.com')).toEqual(['email_taken', 1])
})

test('other parameters: the hash is renewed at the next sign-in, once, and nothing ends', async () => {
  const old = accountsWith({ memoryCost: 7_168, timeCost: 5, parallelism: 1 })
  const made = await old.accounts.create({ email: 'old@example.com', password: PASSWORD })
  if (made.result !== 'created') throw new Error(made.result)
  const { accounts, hasher } = accountsWith()
  expect(await accounts.prove('old@example.com', 'wrong')).toBeUndefined()
  expect((await store.account(made.account.id))?.passwordHash).toContain('m=7168')
  const proven = await accounts.prove('old@example.com', PASSWORD)
  const row = await store.account(made.account.id)
  expect(row?.passwordHash).toContain('m=19456,t=2,p=1')
  expect(proven).toMatchObject({ passwordHash: row?.passwordHash, epoch: 0 })
  const before = hasher.computations()
  await accounts.prove('old@example.com', PASSWORD)
  expect(hasher.computations() - before).toBe(1)
})

test('Unicode: two spellings of one password are one', async () => {
  const { accounts } = accountsWith()
  await accounts.create({ email: 'uni@example.com', password: 'p\u00e4ssw\u00f6rter sind lang' })
  expect(await accounts.prove('uni@example.com', 'pa\u0308sswo\u0308rter sind lang')).toBeDefined()
})
