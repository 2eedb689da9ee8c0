// What two nodes may do at the same moment, on both engines: every race has one winner, and nothing slips in behind an end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Databases, engines, startDatabases } from '../../../../tests/support/databases.ts'
import {
  audit,
  ending,
  newAccount,
  newSession,
  nextGeneration,
  type SessionToInsert,
  START,
} from '../../../../tests/support/store-rows.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

describe.each(engines)('%s', (engine) => {
  let stores: readonly [Store, Store]
  beforeAll(async () => {
    const database = await databases.fresh(engine)
    const store = await openStore(database)
    stores = [store, engine === 'postgres' ? await openStore(database) : store]
  })
  afterAll(() => Promise.all(stores.map((store) => store.close())))

  const node = (i: number) => stores[i % 2 === 0 ? 0 : 1]
  const times = <T>(count: number, work: (i: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, i) => work(i)))
  const begun = async (given: Partial<SessionToInsert> = {}) => {
    const session = newSession(given)
    const { epoch } = await node(0).subject(session.subject)
    await node(0).insertSession(session, { underEpoch: epoch, audit })
    return { ...session, generation: 0, proven: -1, rotatedAt: session.createdAt }
  }

  test('50 rotations of one generation at once: exactly one is written', async () => {
    for (let round = 0; round < 5; round++) {
      const row = await begun()
      const written = await times(50, (i) => {
        const { when, write } = nextGeneration(row, START + 60_000 + i)
        // Every other one with a line in the audit, so that both paths race.
        const line = i % 4 < 2 ? undefined : { at: START, event: 'raced', sessionId: row.id }
        return node(i).rotate(row.id, when, write, line)
      })
      const winners = written.filter((one) => one !== undefined)
      expect(winners).toHaveLength(1)
      expect(await node(0).session(row.id)).toEqual(winners[0])
      expect(winners[0]).toMatchObject({ generation: 1, proven: 0 })
    }
  })

  test('a rotation and a sign-out at once: the session ends, and no rotation is written after it', async () => {
    for (let round = 0; round < 20; round++) {
      const row = await begun()
      const { when, write } = nextGeneration(row, START + 60_000)
      const [rotated, ended] = await Promise.all([
        node(0).rotate(row.id, when, write),
        node(1).endSession(row.id, { ...ending(), reason: 'logout', audit }),
      ])
      expect(ended?.id).toBe(row.id)
      const after = await node(0).session(row.id)
      expect(after?.endReason).toBe('logout')
      expect(after?.generation).toBe(rotated === undefined ? 0 : 1)
      const next = nextGeneration(after ?? row, START + 120_000)
      expect(await node(0).rotate(row.id, next.when, next.write)).toBeUndefined()
    }
  })

  test('of 20 sign-outs of one session at once, one ends it', async () => {
    const row = await begun()
    const ended = await times(20, (i) => node(i).endSession(row.id, { ...ending(START + i), audit }))
    expect(ended.filter((one) => one !== undefined)).toHaveLength(1)
  })

  test('sign-ins that race "sign out everywhere": those that got in are ended, the others are refused', async () => {
    for (let round = 0; round < 20; round++) {
      const subject = `everywhere ${round}`
      // Half of the rounds for a subject never seen, whose row is made in the race.
      if (round % 2 === 0) await begun({ subject })
      const sessions = Array.from({ length: 10 }, () => newSession({ subject }))
      const [ended, ...results] = await Promise.all([
        node(0).endSubject(subject, { ...ending(), audit }),
        ...sessions.map(async (session, i) => (await node(i).insertSession(session, { underEpoch: 0, audit })).result),
      ])
      expect(await node(0).sessionsOf(subject, { now: START, usedSince: 0 })).toEqual([])
      const inserted = sessions.filter((_, i) => results[i] === 'inserted').map((session) => session.id)
      expect(results.every((result) => result === 'inserted' || result === 'epoch_moved')).toBe(true)
      expect(ended.map((session) => session.id)).toEqual(expect.arrayContaining(inserted))
    }
  })

  test('sign-ins with the old password that race its change do not outlive it', async () => {
    for (let round = 0; round < 10; round++) {
      const account = newAccount()
      await node(0).createAccount(account, audit)
      const { epoch } = await node(0).subject(account.id)
      const fresh = newSession({ subject: account.id })
      const change = { from: account.passwordHash, to: 'second', ending: ending(), session: fresh, audit }
      const logins = Array.from({ length: 10 }, () => newSession({ subject: account.id }))
      const [changed] = await Promise.all([
        node(0).changePassword(account.id, change),
        ...logins.map((session, i) => node(i).insertSession(session, { underEpoch: epoch, audit })),
      ])
      expect(changed.result).toBe('changed')
      const living = await node(0).sessionsOf(account.id, { now: START, usedSince: 0 })
      expect(living.map((session) => session.id)).toEqual([fresh.id])
    }
  })

  test('of 10 changes of one password at once, one is made', async () => {
    const account = newAccount()
    await node(0).createAccount(account, audit)
    const results = await times(10, async (i) => {
      const session = newSession({ subject: account.id })
      const change = { from: account.passwordHash, to: `changed ${i}`, ending: ending(), session, audit }
      return { ...(await node(i).changePassword(account.id, change)), id: session.id }
    })
    const made = results.filter(({ result }) => result === 'changed')
    expect(made).toHaveLength(1)
    const living = await node(0).sessionsOf(account.id, { now: START, usedSince: 0 })
    expect(living.map((session) => session.id)).toEqual(made.map(({ id }) => id))
    expect((await node(0).subject(account.id)).epoch).toBe(1)
  })

  test('of 10 accounts for one e-mail at once, one is made, and so with keys for one position', async () => {
    const made = await times(10, (i) =>
      node(i).createAccount({ ...newAccount(), emailKey: 'raced@example.com' }, audit),
    )
    expect(made.filter((result) => result === 'created')).toHaveLength(1)
    const key = {
      algorithm: 'ES256',
      publicJwk: '{}',
      sealed: '',
      createdAt: 1,
      signsFrom: 1,
      position: 1,
      revokedAt: null,
    }
    const keys = await times(10, (i) => node(i).insertKey({ ...key, kid: `kid ${i}` }, audit))
    expect(keys.filter(Boolean)).toHaveLength(1)
    expect(await node(0).keys()).toHaveLength(1)
  })

  test('people who change places, each replacing the session of another, do not wait for each other for ever', async () => {
    const subjects = ['ann', 'bob', 'cy']
    for (let round = 0; round < 10; round++) {
      const old = await Promise.all(subjects.map((subject) => begun({ subject })))
      const results = await times(subjects.length, async (i) => {
        const next = newSession({ subject: subjects[(i + 1) % subjects.length] ?? '' })
        const { epoch } = await node(i).subject(next.subject)
        const replacing = { id: old[i]?.id ?? '', ...ending(START, 'everywhere') }
        return (await node(i).insertSession(next, { underEpoch: epoch, replacing, audit })).result
      })
      expect(results).toEqual(['inserted', 'inserted', 'inserted'])
      await times(subjects.length, (i) => node(i).endSubject(subjects[i] ?? '', { ...ending(), audit }))
    }
  })

  test('several nodes that clean up at once remove each row once', async () => {
    await times(40, (i) =>
      node(i).insertSession(newSession({ subject: `gone ${i}`, createdAt: 1, expiresAt: 10 }), {
        underEpoch: 0,
        audit,
      }),
    )
    let removed = 0
    // A batch may find its rows taken by another node's; the next finds what is left.
    for (let pass = 0; pass < 10 && removed < 40; pass++) {
      for (const count of await times(4, (i) => node(i).removeExpired(20, 10))) removed += count
    }
    expect(removed).toBe(40)
  })
})
