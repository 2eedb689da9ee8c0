// Sessions can be split by their id: with the table partitioned by it, in a real PostgreSQL, every operation works, and each statement that
// grows with people touches one part and no more. What is said of Citus and the like in docs/scale.md stands on this.
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../../tests/support/postgres.ts'
import { audit, DAY, ending, newSession, nextGeneration, START } from '../../../../tests/support/store-rows.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

const PARTS = 8
let server: PostgresServer
let url: string
let store: Store
let client: pg.Client

beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase()
  await (await openStore(url)).close()
  client = new pg.Client({ connectionString: url })
  await client.connect()
  // What an operator would do to an empty database; indexes come along, each with a name of its own.
  await client.query('alter table hallpass_sessions rename to whole')
  await client.query(`create table hallpass_sessions (like whole including all) partition by hash (id)`)
  for (let part = 0; part < PARTS; part++)
    await client.query(
      `create table part_${part} partition of hallpass_sessions for values with (modulus ${PARTS}, remainder ${part})`,
    )
  await client.query('drop table whole')
  store = await openStore(url)
})
afterAll(async () => {
  await store.close()
  await client.end()
  await server.remove()
})

interface Asked {
  readonly text: string
  readonly values: readonly unknown[]
}

/** The statements on sessions that an operation sends. */
async function asked(operation: () => Promise<unknown>): Promise<readonly Asked[]> {
  const queries = vi.spyOn(pg.Client.prototype, 'query')
  await operation()
  const all = queries.mock.calls.map(([query]) => query as unknown as Asked)
  queries.mockRestore()
  return all.filter(({ text }) => typeof text === 'string' && text.includes('hallpass_sessions'))
}

/** The parts that a statement's plan names, given its values: after pruning, as it would run. */
async function partsOf({ text, values }: Asked): Promise<readonly string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${text}`, [...values])
  const plan = JSON.stringify(rows[0]?.['QUERY PLAN'])
  return [...new Set([...plan.matchAll(/"Relation Name":"(\w+)"/g)].map(([, name = '']) => name))].filter((name) =>
    /^(part_\d+)$/.test(name),
  )
}

test('what a refresh, a sign-in and a sign-out ask touches one part', async () => {
  const session = newSession()
  const { when, write } = nextGeneration({ ...session, generation: 0, rotatedAt: START }, START + 60_000)
  const hot: Record<string, () => Promise<unknown>> = {
    insertSession: () => store.insertSession(session, { underEpoch: 0, audit }),
    rotate: () => store.rotate(session.id, when, write),
    'rotate, with the proven generation': () => store.rotate(session.id, { ...when, proven: -1 }, write, audit),
    session: () => store.session(session.id),
    endSession: () => store.endSession(session.id, { ...ending(), audit }),
    'endSession, of its owner': () => store.endSession(session.id, { ...ending(), subject: 'ada', audit }),
  }
  for (const [name, operation] of Object.entries(hot)) {
    const statements = await asked(operation)
    expect(statements, name).toHaveLength(1)
    for (const statement of statements) {
      const parts = await partsOf(statement)
      // An insert is routed, and its plan names no part; every other plan names the one.
      expect(parts.length, `${name}: ${parts.join()}`).toBe(name === 'insertSession' ? 0 : 1)
    }
  }
})

test('what names a subject or a time asks every part, and is no part of a refresh', async () => {
  const cold: Record<string, () => Promise<unknown>> = {
    sessionsOf: () => store.sessionsOf('ada', { now: START, usedSince: 0 }),
    endSubject: () => store.endSubject('ada', { ...ending(), audit }),
    revoked: () => store.revoked(START),
    removeExpired: () => store.removeExpired(START, 10),
  }
  for (const [name, operation] of Object.entries(cold)) {
    const [statement] = await asked(operation)
    if (statement === undefined) throw new Error(`${name} asked nothing`)
    expect((await partsOf(statement)).length, name).toBe(PARTS)
  }
})

test('the whole life of many sessions is the same on a table in parts', async () => {
  const sessions = Array.from({ length: 24 }, (_, index) => newSession({ subject: `subject ${index % 3}` }))
  for (const session of sessions)
    expect(await store.insertSession(session, { underEpoch: 0, audit })).toEqual({ result: 'inserted' })
  const { rows } = await client.query<{ part: string }>(
    'select distinct tableoid::regclass::text as part from hallpass_sessions',
  )
  expect(rows.length).toBeGreaterThan(4)
  for (const session of sessions) {
    const { when, write } = nextGeneration({ ...session, generation: 0, rotatedAt: START }, START + 60_000)
    expect(await store.rotate(session.id, when, write)).toMatchObject({ id: session.id, generation: 1 })
    expect(await store.rotate(session.id, when, write)).toBeUndefined()
  }
  const list = (subject: string) => store.sessionsOf(subject, { now: START, usedSince: 0 })
  expect(await list('subject 0')).toHaveLength(8)
  expect(await store.endSubject('subject 0', { ...ending(), audit })).toHaveLength(8)
  expect(await list('subject 0')).toEqual([])
  expect((await store.revoked(START)).map(({ subject }) => subject)).toContain('subject 0')
  expect(await store.removeExpired(START + 31 * DAY, 10)).toBe(10)
  expect(await store.removeExpired(START + 31 * DAY, 100)).toBeGreaterThanOrEqual(14)
})
