// An upgrade is rolled out node by node: while the newer version has brought the database forward already, nodes of this one go on, and start.
// The newer version is played by a migration that expands everything there is; what works on that is this program as it stands.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Databases, engines, startDatabases } from '../../../../../tests/support/databases.ts'
import { open, testClock, type Device, type Opened } from '../../../../../tests/support/in-process.ts'
import { generateSecret } from '../../keys/secret.ts'
import { connectPostgres } from '../postgres.ts'
import type { Engine } from '../schema.ts'
import { connectSqlite } from '../sqlite.ts'
import { migrate, MIGRATIONS } from './migrate.ts'
import type { Migration } from './migration.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

/** Brings a database to the next version while others run on it: each table gets columns and an index, and there is one more. */
async function upgrade(engine: Engine, database: string): Promise<number> {
  const { db, close } = await (engine === 'postgres'
    ? connectPostgres(database, 1)
    : Promise.resolve(connectSqlite(database, Date.now, true)))
  try {
    const named =
      engine === 'postgres'
        ? sql<{ name: string }>`select tablename as name from pg_tables where tablename like 'hallpass_%'`
        : sql<{ name: string }>`select name from sqlite_schema where type = 'table' and name like 'hallpass_%'`
    const tables = (await named.execute(db)).rows.map(({ name }) => name)
    const next: Migration = {
      version: MIGRATIONS.length + 1,
      name: 'expands everything',
      needs: 1,
      statements: () => [
        ...tables.flatMap((table) => [
          `alter table ${table} add column later_words text`,
          `alter table ${table} add column later_count integer not null default 7`,
          `create index ${table}_later on ${table} (later_words)`,
        ]),
        'create table hallpass_later (id integer primary key)',
      ],
    }
    await migrate(db, engine, { id: 'of nobody', at: 1 }, [...MIGRATIONS, next])
    return tables.length
  } finally {
    await close()
  }
}

test.each(engines)('%s: this version runs beside the next one, and starts on what it left', async (engine) => {
  const database = await databases.fresh(engine)
  const clock = testClock(Date.now())
  const options = { database, secret: generateSecret(), now: clock.now }
  const person = { email: 'ada@example.com', password: 'correct horse battery' }
  let running = await open(options)

  /** Everything a person does, more or less. */
  const live = async (node: Opened, device: Device) => {
    clock.advance(61_000)
    expect(await said(device.post('refresh'))).toBe(200)
    expect(await said(device.get('me'))).toBe(200)
    expect(await said(device.get('sessions'))).toBe(200)
    const other = node.device('192.0.2.2')
    expect(await said(other.post('login', { ...person, password: 'not this one either' }))).toBe(401)
    clock.advance(61_000)
    expect(await said(other.post('login', person))).toBe(200)
    expect(await said(other.post('logout'))).toBe(204)
    expect(await said(other.get('me'))).toBe(401)
    await node.auth.keys.rotate()
    await node.auth.keys.retire()
  }
  const said = async (answer: ReturnType<Device['get']>) => (await answer).status

  const device = running.device()
  expect(await said(device.post('register', person))).toBe(201)
  await live(running, device)
  expect(await upgrade(engine, database)).toBeGreaterThan(8)

  // Statements that were prepared before it among them.
  await live(running, device)
  if (engine === 'sqlite') await running.auth.close()
  const started = await open(options)
  const taken = Object.assign(started.device(), { cookie: device.cookie })
  await live(started, taken)
  if (engine === 'postgres') {
    // Both at once, in turn.
    device.cookie = taken.cookie
    await live(running, device)
    await running.auth.close()
  }
  running = started
  expect(running.events.filter(({ event }) => event === 'failed')).toEqual([])
  expect(await said(taken.post('logout'))).toBe(204)
  await running.auth.close()
})
