// ENU-02: an unknown e-mail costs what a wrong password costs: as many hash computations, the same operations of the store in the
// same order. Counted, because a measured time shows only what the machine was doing.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { createAccounts, type Accounts } from './accounts.ts'
import { createPasswordHasher, DEFAULT_PARAMETERS } from './password-hash.ts'

const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery'
const hasher = createPasswordHasher({ parameters: DEFAULT_PARAMETERS, random: randomBytes })
let directory: string
let store: Store
let accounts: Accounts
let operations: string[]

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hallpass-work-'))
  store = await openStore(join(directory, 'hallpass.db'), { now: Date.now })
  operations = []
  // The real store, with a note of what it was asked.
  const noted = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...input: unknown[]) => {
        operations.push(String(name))
        return Reflect.apply(member, target, input) as unknown
      }
    },
  })
  accounts = createAccounts({
    store: noted,
    hasher,
    minLength: 15,
    serviceWords: [],
    now: Date.now,
    newId: randomUUID,
  })
  await accounts.create({ email: EMAIL, password: PASSWORD })
})
afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

/** What it took: operations of the store and hash computations. */
async function workOf(deed: () => Promise<unknown>): Promise<{ operations: string[]; hashes: number }> {
  operations.length = 0
  const before = hasher.computations()
  await deed()
  return { operations: [...operations], hashes: hasher.computations() - before }
}

describe('ENU-02 the same work is done', () => {
  test('for a wrong password, an unknown e-mail and what is no e-mail', async () => {
    const wrong = await workOf(() => accounts.prove(EMAIL, 'not the password of ada'))
    expect(wrong).toEqual({ operations: ['accountByEmail', 'subject'], hashes: 1 })
    for (const email of ['nobody@example.com', 'no address', '', '\ud800', 'a'.repeat(254)])
      expect(await workOf(() => accounts.prove(email, 'not the password of ada')), email).toEqual(wrong)
  })

  test('for a right password, and for one that is no text', async () => {
    const right = await workOf(() => accounts.prove(EMAIL, PASSWORD))
    expect(right).toEqual({ operations: ['accountByEmail', 'subject'], hashes: 1 })
    expect(await workOf(() => accounts.prove(EMAIL, '\ud800'))).toEqual(right)
  })

  test('for a sign-up under an e-mail that is taken and under one that is free', async () => {
    const taken = await workOf(() => accounts.create({ email: EMAIL, password: PASSWORD }))
    expect(taken).toEqual({ operations: ['createAccount'], hashes: 1 })
    expect(await workOf(() => accounts.create({ email: 'eve@example.com', password: PASSWORD }))).toEqual(taken)
  })

  test('and the counting is no constant: a password that cannot be used costs no hash', async () => {
    const refused = await workOf(() => accounts.create({ email: 'bob@example.com', password: 'short' }))
    expect(refused).toEqual({ operations: [], hashes: 0 })
  })
})
