// Migrations run once, whoever starts first, and a program never works on a schema it does not know.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Databases, engines, startDatabases } from '../../../../../tests/support/databases.ts'
import { startScript } from '../../../../../tests/support/script.ts'
import { openStore } from '../open.ts'
import { connectPostgres } from '../postgres.ts'
import type { Connected } from '../schema.ts'
import { connectSqlite } from '../sqlite.ts'
import { migrate, MIGRATIONS } from './migrate.ts'
import type { Migration } from './migration.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

describe.each(engines)('%s', (engine) => {
  const connected = (database: string): Promise<Connected> =>
    engine === 'postgres' ? connectPostgres(database, 2) : Promise.resolve(connectSqlite(database, Date.now))
  const step = (version: number, ...statements: readonly string[]): Migration => ({
    version,
    name: `step ${version}`,
    needs: 1,
    statements: () => statements,
  })
  const fresh = { id: 'the id', at: 1 }

  test('five processes that start at once make one schema and one id', { timeout: 180_000 }, async () => {
    const database = await databases.fresh(engine)
    if (engine === 'sqlite') {
      // Past the lock that lets one process have the file: the migration must be safe by itself.
      mkdirSync(dirname(database), { recursive: true })
      new DatabaseSync(database).close()
    }
    const script = `
      const { DatabaseSync } = await import('node:sqlite')
      const { Kysely } = await import('kysely')
      const { migrate } = await load('./migrate.ts')
      const { sqliteDialect } = await load('../sqlite-dialect.ts')
      const { connectPostgres } = await load('../postgres.ts')
      const { DATABASE, ENGINE } = process.env
      const db = ENGINE === 'postgres'
        ? (await connectPostgres(DATABASE, 1)).db
        : new Kysely({ dialect: sqliteDialect(new DatabaseSync(DATABASE, { timeout: 10_000 })) })
      console.log('ready')
      await new Promise((resolve) => process.stdin.once('data', resolve))
      console.log('id ' + (await migrate(db, ENGINE, { id: 'of process ' + process.pid, at: 1 })))
      process.exit(0)`
    const scripts = Array.from({ length: 5 }, () =>
      startScript(script, import.meta.url, { DATABASE: database, ENGINE: engine }),
    )
    await Promise.all(scripts.map((one) => one.line('ready')))
    for (const { child } of scripts) child.stdin.write('go\n')
    const ids = await Promise.all(scripts.map((one) => one.line('id ')))
    expect(new Set(ids).size).toBe(1)
    const store = await openStore(database)
    expect(`id ${store.id}`).toBe(ids[0])
    await store.close()
  })

  test('each runs once, in order; those that come later are added', async () => {
    const { db, close } = await connected(await databases.fresh(engine))
    const first = step(1, 'create table hallpass_store (singleton integer primary key, id text, created_at integer)')
    const second = step(2, 'create table two (n integer)', 'insert into two values (1)')
    const third = step(3, 'insert into two values (2)')
    expect(await migrate(db, engine, fresh, [first])).toBe('the id')
    expect(await migrate(db, engine, { ...fresh, id: 'another' }, [first, second, third])).toBe('the id')
    expect(await migrate(db, engine, fresh, [first, second, third])).toBe('the id')
    const rows = async (query: string) => (await sql.raw<Record<string, unknown>>(query).execute(db)).rows
    expect((await rows('select n from two order by n')).map((row) => ({ ...row }))).toEqual([{ n: 1 }, { n: 2 }])
    expect((await rows('select version from hallpass_schema order by version')).map((row) => row.version)).toEqual([
      1, 2, 3,
    ])
    await close()
  })

  test('one that fails leaves nothing behind, also of those before it', async () => {
    const { db, close } = await connected(await databases.fresh(engine))
    const first = step(1, 'create table hallpass_store (singleton integer primary key, id text, created_at integer)')
    const broken = step(
      2,
      'create table half (n integer)',
      'insert into half values (1)',
      'insert into nowhere values (1)',
    )
    await expect(migrate(db, engine, fresh, [first, broken])).rejects.toThrow(/nowhere/)
    await expect(sql`select * from half`.execute(db)).rejects.toThrow(/half/)
    await expect(sql`select * from hallpass_schema`.execute(db)).rejects.toThrow(/hallpass_schema/)
    expect(await migrate(db, engine, fresh)).toBe('the id')
    await close()
  })

  test('a schema that needs a newer program is refused in a sentence and not touched', async () => {
    const database = await databases.fresh(engine)
    await (await openStore(database)).close()
    const { db, close } = await connected(database)
    await sql`insert into hallpass_schema (version, name, needs) values (999, 'from the future', 998)`.execute(db)
    await close()
    const refusal = await openStore(database).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TypeError)
    expect(String(refusal)).toMatch(
      /version 999, which needs a program that knows version 998, .+ up to \d+: start a newer/,
    )
    // The refusal let go of the file.
    const again = await connected(database)
    await again.close()
  })

  test('a newer schema that only expanded is worked on as it is, and an older program takes nothing back', async () => {
    const { db, close } = await connected(await databases.fresh(engine))
    const expands = step(MIGRATIONS.length + 1, 'create table one_more (n integer)')
    const contracts = { ...step(MIGRATIONS.length + 2, 'drop table one_more'), needs: expands.version }
    expect(await migrate(db, engine, fresh, [...MIGRATIONS, expands])).toBe('the id')
    expect(await migrate(db, engine, fresh)).toBe('the id')
    expect((await sql`select * from one_more`.execute(db)).rows).toEqual([])
    // One that takes away what this program may use: those before `needs` stop, those from there on go on.
    await migrate(db, engine, fresh, [...MIGRATIONS, expands, contracts])
    await expect(migrate(db, engine, fresh)).rejects.toThrow(TypeError)
    expect(await migrate(db, engine, fresh, [...MIGRATIONS, expands])).toBe('the id')
    await close()
  })

  test('a database from before `needs` was written down is taken as it is', async () => {
    const { db, close } = await connected(await databases.fresh(engine))
    await sql`create table hallpass_schema (version integer primary key, name text not null)`.execute(db)
    for (const { statements } of MIGRATIONS.slice(0, 2))
      for (const statement of statements(engine)) await sql.raw(statement).execute(db)
    await sql`insert into hallpass_schema (version, name) values (1, 'initial'), (2, 'audit chain')`.execute(db)
    expect(await migrate(db, engine, fresh)).toBe('the id')
    const { rows } = await sql<{ needs: number }>`select needs from hallpass_schema`.execute(db)
    expect(rows.map(({ needs }) => needs)).toEqual(MIGRATIONS.map(({ needs }) => needs))
    await close()
  })
})

test('migrations are numbered without a gap, and none shuts out the version before it', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1))
  for (const { version, needs } of MIGRATIONS.slice(1)) expect(needs).toBeLessThan(version)
})
