// What is PostgreSQL's own: rotation stays one cheap statement, and a server that is away is a value the caller can name.
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../../tests/support/postgres.ts'
import { audit, ending, newAccount, newSession, nextGeneration, START } from '../../../../tests/support/store-rows.ts'
import { startTcpProxy } from '../../../../tests/support/tcp-proxy.ts'
import { openStore } from './open.ts'
import { type Store, StoreUnavailable } from './store.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

/** Asks the database itself, past the store. */
async function ask(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  let rows: readonly Record<string, unknown>[] = []
  for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement))
  await client.end()
  return rows
}

async function begun(store: Store, count: number) {
  const rows = Array.from({ length: count }, (_, i) => newSession({ subject: `subject ${i}` }))
  for (const row of rows) await store.insertSession(row, { underEpoch: 0, audit })
  return rows.map((row) => ({ ...row, generation: 0, rotatedAt: row.createdAt }))
}

describe('rotation', () => {
  test('is one statement, prepared once for each connection', async () => {
    const store = await openStore(await server.createDatabase(), { connections: 1 })
    const [row] = await begun(store, 1)
    if (row === undefined) throw new Error('one was begun')
    const queries = vi.spyOn(pg.Client.prototype, 'query')
    const { when, write } = nextGeneration(row, START + 60_000)
    expect(await store.rotate(row.id, when, write)).toMatchObject({ generation: 1 })
    expect(queries).toHaveBeenCalledTimes(1)
    const [asked] = queries.mock.calls[0] ?? []
    expect(asked).toMatchObject({ name: expect.stringMatching(/^hallpass_/), text: expect.stringMatching(/^update /) })
    queries.mockRestore()
    await store.close()
  })

  test('touches no index: nearly every update is HOT', { timeout: 180_000 }, async () => {
    const url = await server.createDatabase()
    const store = await openStore(url)
    const rows = await begun(store, 100)
    for (let pass = 1; pass <= 4; pass++) {
      for (const row of rows) {
        const { when, write } = nextGeneration(row, START + pass)
        const rotated = await store.rotate(row.id, when, write)
        Object.assign(row, rotated)
      }
    }
    await store.close() // its backends hand in their counts as they go
    const [counts] = await ask(
      url,
      `select n_tup_upd::int as updated, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'hallpass_sessions'`,
    )
    expect(counts?.updated).toBe(400)
    expect(Number(counts?.hot)).toBeGreaterThan(380)
  })

  test('finds its row by the primary key, however many there are', async () => {
    const url = await server.createDatabase()
    const store = await openStore(url)
    await store.close()
    const [plan] = await ask(
      url,
      `insert into hallpass_sessions select 'id ' || n, 'subject', 'hash', 0, -1, 0, 0, 9, null, null, null, 0, '[]', '{}', '{}', null, 1
         from generate_series(1, 20000) n`,
      'analyze hallpass_sessions',
      `explain (format json) update hallpass_sessions set generation = 1 where id = 'id 77' and nonce_hash = 'hash'
         and generation = 0 and rotated_at = 0 and binding is not distinct from null and ended_at is null and expires_at > 1`,
    )
    expect(JSON.stringify(plan)).toContain('"Index Name":"hallpass_sessions_pkey"')
    expect(JSON.stringify(plan)).not.toContain('Seq Scan')
  })
})

describe('a server that is away', () => {
  const operations = (store: Store): Record<string, () => Promise<unknown>> => {
    const session = newSession()
    const { when, write } = nextGeneration({ ...session, generation: 0, rotatedAt: START }, START)
    const key = { kid: 'k', algorithm: 'ES256', publicJwk: '', sealed: '', createdAt: 1, signsFrom: 1, position: 1 }
    return {
      insertSession: () => store.insertSession(newSession(), { underEpoch: 0, audit }),
      session: () => store.session('x'),
      rotate: () => store.rotate('x', when, write),
      auditedRotate: () => store.rotate('x', when, write, audit),
      endSession: () => store.endSession('x', { ...ending(), audit }),
      endSubject: () => store.endSubject('x', { ...ending(), audit }),
      sessionsOf: () => store.sessionsOf('x', { now: 1, usedSince: 0 }),
      revoked: () => store.revoked(1),
      removeExpired: () => store.removeExpired(1, 1),
      subject: () => store.subject('x'),
      enableSubject: () => store.enableSubject('x', audit),
      createAccount: () => store.createAccount(newAccount(), audit),
      accountByEmail: () => store.accountByEmail('x'),
      account: () => store.account('x'),
      changePassword: () => store.changePassword('x', { from: 'a', to: 'b', ending: ending(), session, audit }),
      rehashPassword: () => store.rehashPassword('x', 'a', 'b'),
      takeTry: () => store.takeTry([{ key: 'x', delays: [0] }], 1, 1),
      returnTry: () => store.returnTry({ cleared: ['x'], returned: [] }),
      removeThrottles: () => store.removeThrottles(1, 1),
      keys: () => store.keys(),
      insertKey: () => store.insertKey({ ...key, revokedAt: null }, audit),
      advanceKey: () => store.advanceKey('x', 2, 1, audit),
      revokeKey: () => store.revokeKey('x', 1, audit),
      removeKey: () => store.removeKey('x', audit),
      resealKey: () => store.resealKey('x', 'a', 'b'),
      secrets: () => store.secrets(),
      noteSecret: () => store.noteSecret('x', 1),
      recovery: () => store.recovery(),
      declareRecovery: () => store.declareRecovery({ declaredAt: 1, until: 2 }, audit),
      endRecovery: () => store.endRecovery(1, audit),
      appendAudit: () => store.appendAudit(audit),
      audit: () => store.audit({ limit: 1 }),
      chainAudit: () => store.chainAudit(() => ({ key: 'k', hash: 'h' }), 1),
      auditChain: () => store.auditChain({ after: 0, limit: 1 }),
      unchainedAudit: () => store.unchainedAudit(),
      settings: () => store.settings(),
      ping: () => store.ping(),
      now: () => store.now(),
    }
  }

  test('every operation is StoreUnavailable while it is, and works when it is back', { timeout: 180_000 }, async () => {
    const store = await openStore(await server.createDatabase())
    const all = operations(store)
    // Word between processes is a hint that may be lost, and waits for no answer.
    const without = ['id', 'shared', 'close', 'announce', 'listen']
    const contract = Object.keys(store).filter((name) => !without.includes(name))
    expect(
      Object.keys(all)
        .filter((name) => name !== 'auditedRotate')
        .sort(),
    ).toEqual(contract.sort())
    for (const [name, operation] of Object.entries(all)) await expect(operation(), name).resolves.not.toThrow()

    await server.stop()
    for (const [name, operation] of Object.entries(all)) {
      await expect(operation(), name).rejects.toBeInstanceOf(StoreUnavailable)
    }
    await server.start()
    for (const [name, operation] of Object.entries(all)) await expect(operation(), name).resolves.not.toThrow()
    await store.close()
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('is StoreUnavailable for those whose statements were under way', async () => {
    const store = await openStore(await server.createDatabase())
    let answered = 0
    const under = Array.from({ length: 40 }, async (_, i) => {
      for (;;) {
        const taken = await store.takeTry([{ key: `x ${i % 5}`, delays: [0] }], 1, 1).catch((error: unknown) => error)
        if (taken instanceof Error) return taken
        answered += 1
      }
    })
    await vi.waitUntil(() => answered > 100, 20_000)
    await server.stop()
    for (const error of await Promise.all(under)) expect(error).toBeInstanceOf(StoreUnavailable)
    await server.start()
    expect(await store.takeTry([{ key: 'x 0', delays: [0] }], 1, 1)).toEqual({ result: 'taken' })
    await store.close()
  })

  test('at start is StoreUnavailable too, without a password in the sentence', async () => {
    const url = (await server.createDatabase()).replace('hallpass@', 'hallpass:password@')
    await server.stop()
    const refusal = await openStore(url).catch((error: unknown) => error)
    await server.start()
    expect(refusal).toBeInstanceOf(StoreUnavailable)
    expect(String(refusal)).not.toContain('password')
  })

  test(
    'that takes bytes and answers none is given up in time, and its connections are not used again',
    { timeout: 60_000 },
    async () => {
      const url = new URL(await server.createDatabase())
      const cable = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
      url.port = String(cable.port)
      const store = await openStore(url.href, { connections: 2 })
      await Promise.all([store.ping(), store.ping()])
      cable.hold(true)
      const given = await Promise.all([
        store.session('x').catch((error: unknown) => error),
        store.endSession('x', { ...ending(), audit }).catch((error: unknown) => error),
        // For this one no connection is left.
        store.keys().catch((error: unknown) => error),
      ])
      for (const error of given) expect(error).toBeInstanceOf(StoreUnavailable)
      cable.hold(false)
      // What comes late on the old connections is nobody's answer.
      expect(await store.session('x')).toBeUndefined()
      expect(await store.keys()).toEqual([])
      await store.close()
      await cable.close()
    },
  )

  test('whose lock another holds for too long is StoreUnavailable', async () => {
    const url = await server.createDatabase()
    const store = await openStore(url)
    const [row] = await begun(store, 1)
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from hallpass_sessions for update')
    await expect(store.endSession(row?.id ?? '', { ...ending(), audit })).rejects.toBeInstanceOf(StoreUnavailable)
    await holder.query('rollback')
    await holder.end()
    expect(await store.endSession(row?.id ?? '', { ...ending(), audit })).toMatchObject({ id: row?.id })
    await store.close()
  })

  test('that became a standby (read only) is StoreUnavailable for writes', async () => {
    const url = await server.createDatabase()
    const store = await openStore(url)
    await ask(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`)
    const standby = await openStore(url).catch((error: unknown) => error)
    expect(standby).toBeInstanceOf(StoreUnavailable)
    await store.close()
  })
})

test('an error that is a bug tells the statement and the rule, never the values of the row', async () => {
  const store = await openStore(await server.createDatabase())
  const session = newSession()
  await store.insertSession(session, { underEpoch: 0, audit })
  const error = await store.insertSession(session, { underEpoch: 0, audit }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: '23505', constraint: 'hallpass_sessions_pkey' })
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(session.id)
  await store.close()
})

test('a database that acknowledges before it has written is refused', async () => {
  const url = await server.createDatabase()
  await ask(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
  await expect(openStore(url)).rejects.toThrow(/synchronous_commit is off .+ set synchronous_commit = on/)
})

test('a database whose transactions see an old picture by default changes no outcome', async () => {
  const url = await server.createDatabase()
  await ask(
    url,
    `alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation = 'repeatable read'`,
  )
  const stores = [await openStore(url), await openStore(url)] as const
  for (let round = 0; round < 10; round++) {
    const subject = `subject ${round}`
    const sessions = Array.from({ length: 8 }, () => newSession({ subject }))
    await Promise.all([
      stores[0].endSubject(subject, { ...ending(), audit }),
      ...sessions.map((session) => stores[1].insertSession(session, { underEpoch: 0, audit })),
    ])
    expect(await stores[0].sessionsOf(subject, { now: START, usedSince: 0 })).toEqual([])
  }
  await Promise.all(stores.map((store) => store.close()))
})
