// The contract of a store, held by both engines: a real file and a real PostgreSQL.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Databases, engines, startDatabases } from '../../../../tests/support/databases.ts'
import {
  audit,
  DAY,
  ending,
  newAccount,
  newSession,
  nextGeneration,
  type SessionToInsert,
  START,
} from '../../../../tests/support/store-rows.ts'
import { openStore } from './open.ts'
import type { KeyRow, Store } from './store.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

describe.each(engines)('%s', (engine) => {
  let database: string
  let store: Store
  beforeAll(async () => {
    database = await databases.fresh(engine)
    store = await openStore(database)
  })
  afterAll(() => store.close())

  const begun = async (given: Partial<SessionToInsert> = {}) => {
    const session = newSession(given)
    const { epoch } = await store.subject(session.subject)
    expect(await store.insertSession(session, { underEpoch: epoch, audit })).toEqual({ result: 'inserted' })
    return { ...session, generation: 0, proven: -1, rotatedAt: session.createdAt }
  }

  test('has an id, made once', async () => {
    expect(store.id).toMatch(/^[\w-]{22}$/)
    await store.close()
    const again = await openStore(database)
    expect(again.id).toBe(store.id)
    store = again
  })

  test('says whether other processes may write to it', () => {
    expect(store.shared).toBe(engine === 'postgres')
  })

  test('has a clock', async () => {
    expect(Math.abs((await store.now()) - Date.now())).toBeLessThan(60_000)
  })

  describe('sessions', () => {
    test('are kept as they were given, whatever is in them', async () => {
      const session = newSession({
        subject: 'grace "O\'Hopper"; drop table',
        amr: ['pwd', 'otp'],
        user: { id: 'grace', email: 'grace@example.com', name: '格蕾絲 👩‍💻 \u0000 \\ %' },
        device: { userAgent: 'Mozilla/5.0 (ünïcode)', address: '2001:db8::1' },
        binding: 'thumbprint',
        persistent: false,
      })
      await store.insertSession(session, { underEpoch: 0, audit })
      expect(await store.session(session.id)).toEqual({
        ...session,
        generation: 0,
        proven: -1,
        rotatedAt: session.createdAt,
        endedAt: null,
        endReason: null,
        revokedUntil: null,
      })
    })

    test.each(['', 'no-such-session', '\u0000', 'a\u0000b', '\ud800', "' or 1=1 --", 'x'.repeat(100_000)])(
      'an id that names none is none: %j',
      async (id) => {
        expect(await store.session(id)).toBeUndefined()
        expect(await store.endSession(id, { ...ending(), audit })).toBeUndefined()
      },
    )

    test('are not inserted under a moved epoch', async () => {
      const { epoch } = await store.subject('moved')
      await store.endSubject('moved', { ...ending(), audit })
      const late = newSession({ subject: 'moved' })
      expect(await store.insertSession(late, { underEpoch: epoch, audit })).toEqual({ result: 'epoch_moved' })
      expect(await store.session(late.id)).toBeUndefined()
      expect(await store.insertSession(late, { underEpoch: epoch + 1, audit })).toEqual({ result: 'inserted' })
    })

    test('an insertion that is refused replaces nothing', async () => {
      const old = await begun({ subject: 'refused' })
      await store.endSubject('other-refused', { ...ending(), audit })
      const late = newSession({ subject: 'other-refused' })
      const replacing = { id: old.id, ...ending() }
      expect((await store.insertSession(late, { underEpoch: 0, replacing, audit })).result).toBe('epoch_moved')
      expect((await store.session(old.id))?.endedAt).toBeNull()
    })

    test('replace the one of the cookie, of whomever it is, once', async () => {
      const old = await begun({ subject: 'before' })
      const replacing = { id: old.id, at: START + 5, reason: 'replaced', revokedUntil: START + 10 } as const
      const next = newSession({ subject: 'after' })
      expect(await store.insertSession(next, { underEpoch: 0, replacing, audit })).toEqual({
        result: 'inserted',
        ended: { id: old.id, subject: 'before', revokedUntil: START + 10 },
      })
      expect(await store.session(old.id)).toMatchObject({
        endedAt: START + 5,
        endReason: 'replaced',
        revokedUntil: START + 10,
      })
      const third = newSession({ subject: 'after' })
      expect(await store.insertSession(third, { underEpoch: 0, replacing, audit })).toEqual({ result: 'inserted' })
    })

    test('rotate when the row stands as said, and only then', async () => {
      const row = await begun()
      const { when, write } = nextGeneration(row, START + 60_000)
      const wrong = [
        { nonceHash: '00' },
        { generation: 1 },
        { rotatedAt: row.rotatedAt + 1 },
        { proven: 0 },
        { binding: 'a key' },
        { now: row.expiresAt },
      ]
      for (const one of wrong)
        expect(await store.rotate(row.id, { ...when, ...one }, write), JSON.stringify(one)).toBe(undefined)
      expect(await store.session(row.id)).toMatchObject({ generation: 0, proven: -1, rotatedAt: START })

      const rotated = await store.rotate(row.id, { ...when, proven: -1, now: row.expiresAt - 1 }, write)
      expect(rotated).toEqual(await store.session(row.id))
      expect(rotated).toMatchObject({ ...row, generation: 1, proven: 0, rotatedAt: START + 60_000 })
      expect(await store.rotate(row.id, when, write)).toBeUndefined()
    })

    test('a bound one does not rotate for who shows no key, nor for another key', async () => {
      const row = await begun({ binding: 'its key' })
      const { when, write } = nextGeneration(row, START + 60_000)
      expect(await store.rotate(row.id, when, write)).toBeUndefined()
      expect(await store.rotate(row.id, { ...when, binding: 'another key' }, write)).toBeUndefined()
      expect(await store.rotate(row.id, { ...when, binding: 'its key' }, write)).toMatchObject({ generation: 1 })
    })

    test('do not rotate once ended', async () => {
      const row = await begun()
      await store.endSession(row.id, { ...ending(), audit })
      const { when, write } = nextGeneration(row, START + 60_000)
      expect(await store.rotate(row.id, when, write)).toBeUndefined()
      expect(await store.session(row.id)).toMatchObject({ generation: 0, proven: -1 })
    })

    test('an audited rotation writes its line with it, or neither', async () => {
      const row = await begun()
      const { when, write } = nextGeneration(row, START + 60_000)
      const line = { at: START, event: 'refresh_recovered', sessionId: row.id }
      expect(await store.rotate(row.id, { ...when, generation: 7 }, write, line)).toBeUndefined()
      expect(await store.audit({ sessionId: row.id, limit: 9 })).toEqual([])
      expect(await store.rotate(row.id, when, write, line)).toMatchObject({ generation: 1 })
      expect(await store.audit({ sessionId: row.id, limit: 9 })).toEqual([line])
    })

    test('end once, for their subject only, and stay as they ended', async () => {
      const row = await begun({ subject: 'owner' })
      const first = { at: START + 1, reason: 'by-owner', revokedUntil: START + 2 } as const
      expect(await store.endSession(row.id, { ...first, subject: 'somebody else', audit })).toBeUndefined()
      expect(await store.endSession(row.id, { ...first, subject: 'owner', audit })).toEqual({
        id: row.id,
        subject: 'owner',
        revokedUntil: START + 2,
      })
      expect(await store.endSession(row.id, { ...ending(START + 9), audit })).toBeUndefined()
      expect(await store.session(row.id)).toMatchObject({
        endedAt: START + 1,
        endReason: 'by-owner',
        revokedUntil: START + 2,
      })
    })

    test('of a subject end together, and leave others alone', async () => {
      const [one, two, other] = [await begun({ subject: 'all' }), await begun({ subject: 'all' }), await begun()]
      const before = await store.endSession(two.id, { ...ending(), audit })
      expect(before?.id).toBe(two.id)
      expect(await store.endSubject('all', { ...ending(START + 7), audit })).toEqual([
        { id: one.id, subject: 'all', revokedUntil: START + 7 + 900_000 },
      ])
      expect((await store.session(other.id))?.endedAt).toBeNull()
      expect(await store.subject('all')).toEqual({ epoch: 1, disabled: false, raisedAt: START + 7 })
    })

    test('are listed while they live, newest first', async () => {
      const subject = 'lister'
      const used = START + 10 * DAY
      const old = await begun({ subject, createdAt: START })
      const newest = await begun({ subject, createdAt: used + 2 })
      const newer = await begun({ subject, createdAt: used + 1 })
      await begun({ subject, createdAt: used, expiresAt: used + 5 })
      const signedOut = await begun({ subject, createdAt: used })
      await store.endSession(signedOut.id, { ...ending(), audit })
      const list = async (usedSince: number) =>
        (await store.sessionsOf(subject, { now: used + 5, usedSince })).map((row) => row.id)
      expect(await list(used)).toEqual([newest.id, newer.id])
      expect(await list(START)).toEqual([newest.id, newer.id, old.id])
      const { when, write } = nextGeneration(old, used + 3)
      await store.rotate(old.id, when, write)
      expect(await list(used)).toEqual([newest.id, newer.id, old.id])
    })

    test('are told as revoked while their access tokens may live', async () => {
      const far = START + 400 * DAY
      const [early, late] = [await begun(), await begun()]
      await begun()
      await store.endSession(late.id, { at: far, reason: 'logout', revokedUntil: far + 2, audit })
      await store.endSession(early.id, { at: far, reason: 'logout', revokedUntil: far + 1, audit })
      const told = async (now: number) => (await store.revoked(now)).map(({ id, revokedUntil }) => [id, revokedUntil])
      expect(await told(far)).toEqual([
        [early.id, far + 1],
        [late.id, far + 2],
      ])
      expect(await told(far + 1)).toEqual([[late.id, far + 2]])
      expect(await told(far + 2)).toEqual([])
    })

    test('past their end are removed in batches, the living stay', async () => {
      const rows = []
      for (let i = 0; i < 7; i++) rows.push(await begun({ subject: 'gone', createdAt: 1_000, expiresAt: 2_000 + i }))
      expect(await store.removeExpired(2_006, 4)).toBe(4)
      expect(await store.removeExpired(2_006, 4)).toBe(2)
      expect(await store.removeExpired(2_006, 4)).toBe(0)
      const left = await Promise.all(rows.map(async (row) => (await store.session(row.id)) !== undefined))
      expect(left).toEqual([false, false, false, false, false, false, true])
    })
  })

  describe('subjects', () => {
    test('never seen have epoch 0', async () => {
      expect(await store.subject('nobody')).toEqual({ epoch: 0, disabled: false, raisedAt: null })
    })

    test('disabled ones start no session until they are enabled', async () => {
      await store.endSubject('off', { ...ending(), disable: true, audit })
      expect(await store.subject('off')).toEqual({ epoch: 1, disabled: true, raisedAt: START })
      const session = newSession({ subject: 'off' })
      expect(await store.insertSession(session, { underEpoch: 1, audit })).toEqual({ result: 'disabled' })
      await store.endSubject('off', { ...ending(), audit })
      expect((await store.subject('off')).disabled).toBe(true)
      expect(await store.enableSubject('off', audit)).toBe(true)
      expect(await store.enableSubject('off', audit)).toBe(false)
      expect(await store.enableSubject('never seen', audit)).toBe(false)
      expect(await store.insertSession(session, { underEpoch: 2, audit })).toEqual({ result: 'inserted' })
    })
  })

  describe('accounts', () => {
    test('are found by e-mail and id, one for each e-mail', async () => {
      const account = newAccount({ email: 'Ada@Example.com', emailKey: 'ada@example.com', name: 'Ada' })
      expect(await store.createAccount(account, audit)).toBe('created')
      expect(await store.createAccount({ ...newAccount(), emailKey: account.emailKey }, audit)).toBe('email_taken')
      expect(await store.accountByEmail('ada@example.com')).toEqual(account)
      expect(await store.accountByEmail('Ada@Example.com')).toBeUndefined()
      expect(await store.account(account.id)).toEqual(account)
      expect(await store.account('none')).toBeUndefined()
    })

    test('a rehash needs the hash it was made from', async () => {
      const account = newAccount()
      await store.createAccount(account, audit)
      expect(await store.rehashPassword(account.id, 'another', 'newer')).toBe(false)
      expect(await store.rehashPassword(account.id, account.passwordHash, 'newer')).toBe(true)
      expect((await store.account(account.id))?.passwordHash).toBe('newer')
    })

    test('a changed password ends every session and starts one', async () => {
      const account = newAccount()
      await store.createAccount(account, audit)
      const old = await begun({ subject: account.id })
      const session = newSession({ subject: account.id })
      const change = { from: account.passwordHash, to: 'second', ending: ending(START + 3), session, audit }
      expect(await store.changePassword(account.id, change)).toEqual({
        result: 'changed',
        ended: [{ id: old.id, subject: account.id, revokedUntil: START + 3 + 900_000 }],
      })
      expect((await store.session(session.id))?.endedAt).toBeNull()
      expect(await store.subject(account.id)).toEqual({ epoch: 1, disabled: false, raisedAt: START + 3 })
      expect((await store.account(account.id))?.passwordHash).toBe('second')
    })

    test('a change from a hash that has moved, or of a disabled subject, changes nothing', async () => {
      const account = newAccount()
      await store.createAccount(account, audit)
      const old = await begun({ subject: account.id })
      const session = newSession({ subject: account.id })
      const change = { from: 'moved', to: 'second', ending: ending(), session, audit }
      expect(await store.changePassword(account.id, change)).toEqual({ result: 'hash_moved' })
      expect(await store.session(session.id)).toBeUndefined()
      expect((await store.session(old.id))?.endedAt).toBeNull()
      expect((await store.subject(account.id)).epoch).toBe(0)

      await store.endSubject(account.id, { ...ending(), disable: true, audit })
      const again = { ...change, from: account.passwordHash }
      expect(await store.changePassword(account.id, again)).toEqual({ result: 'disabled' })
      expect((await store.account(account.id))?.passwordHash).toBe(account.passwordHash)
      expect((await store.subject(account.id)).epoch).toBe(1)
    })
  })

  describe('keys and secrets', () => {
    const newKey = (given: Partial<KeyRow>): KeyRow => ({
      kid: 'k',
      algorithm: 'ES256',
      publicJwk: '{"kty":"EC"}',
      sealed: 'sealed',
      createdAt: START,
      signsFrom: START + DAY,
      position: 1,
      revokedAt: null,
      ...given,
    })

    test('one key for each position and kid', async () => {
      expect(await store.insertKey(newKey({ kid: 'two', position: 2 }), audit)).toBe(true)
      expect(await store.insertKey(newKey({ kid: 'one', position: 1 }), audit)).toBe(true)
      expect(await store.insertKey(newKey({ kid: 'late', position: 1 }), audit)).toBe(false)
      expect(await store.insertKey(newKey({ kid: 'one', position: 3 }), audit)).toBe(false)
      expect(await store.keys()).toEqual([newKey({ kid: 'one' }), newKey({ kid: 'two', position: 2 })])
    })

    test('are revoked once, sealed again under a condition, removed', async () => {
      expect(await store.revokeKey('one', START + 4, audit)).toBe(true)
      expect(await store.revokeKey('one', START + 5, audit)).toBe(false)
      expect(await store.resealKey('two', 'not this', 'again')).toBe(false)
      expect(await store.resealKey('two', 'sealed', 'again')).toBe(true)
      expect(await store.keys()).toEqual([
        newKey({ kid: 'one', revokedAt: START + 4 }),
        newKey({ kid: 'two', position: 2, sealed: 'again' }),
      ])
      expect(await store.removeKey('one', audit)).toBe(true)
      expect(await store.removeKey('one', audit)).toBe(false)
      expect((await store.keys()).map((key) => key.kid)).toEqual(['two'])
    })

    test('a secret is noted once', async () => {
      await store.noteSecret('first', 1)
      await store.noteSecret('second', 2)
      await store.noteSecret('first', 3)
      expect(await store.secrets()).toEqual(['first', 'second'])
    })
  })

  test('the audit is read newest first, as it was written', async () => {
    const lines = [
      { at: 1, event: 'a', subject: 'audited' },
      { at: 3, event: 'b', subject: 'audited', sessionId: 'its session', address: '192.0.2.1' },
      { at: 2, event: 'c', subject: 'audited', detail: { count: 3, kind: 'x', sure: true } },
    ]
    for (const line of lines) await store.appendAudit(line)
    expect(await store.audit({ subject: 'audited', limit: 9 })).toEqual(lines.toReversed())
    expect(await store.audit({ subject: 'audited', limit: 1 })).toEqual(lines.slice(2))
    expect(await store.audit({ sessionId: 'its session', limit: 9 })).toEqual([lines[1]])
  })
})
