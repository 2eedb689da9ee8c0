// Brings a database to the schema this program knows, in one transaction. Safe when several processes start together: on
// PostgreSQL an advisory lock, on SQLite the write lock lets one at a time look and write. Never goes back. A newer database is fine as
// long as what it has gone through left room for this program: an upgrade may be rolled out node by node, and rolled back.
import { type Kysely, sql, type Transaction } from 'kysely'
import { atomically, type Engine, type Tables } from '../schema.ts'
import { initial } from './001-initial.ts'
import { auditChain } from './002-audit-chain.ts'
import { recovery } from './003-recovery.ts'
import type { Migration } from './migration.ts'

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [initial, auditChain, recovery]

/** Any number will do, as long as nobody else in the same database takes it: "hallpass" in ASCII, as far as 31 bits hold. */
const ADVISORY_LOCK = 0x68_61_6c_6c

/**
 * Runs the migrations that a database lacks, and makes the store's id with the first.
 *
 * @param migrations in order of their versions; what a test of an older or newer program would know
 * @returns the store's id
 * @throws TypeError when the database has become one that this program cannot work on
 */
export function migrate(
  db: Kysely<Tables>,
  engine: Engine,
  fresh: { readonly id: string; readonly at: number },
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string> {
  return atomically(db, async (trx) => {
    if (engine === 'postgres') {
      // A large table takes its time; waiting for a process that migrates does too.
      await sql`set local statement_timeout = 0`.execute(trx)
      await sql`set local lock_timeout = 0`.execute(trx)
      await sql`select pg_advisory_xact_lock(${sql.lit(ADVISORY_LOCK)})`.execute(trx)
    }
    await makeLedger(trx, engine)
    const { rows } = await sql<{ version: number; needs: number }>`
      select version, needs from hallpass_schema order by version`.execute(trx)
    const has = rows.at(-1)?.version ?? 0
    const knows = migrations.at(-1)?.version ?? 0
    const needs = Math.max(1, ...rows.map((row) => row.needs))
    if (needs > knows) {
      throw new TypeError(
        `this database has schema version ${has}, which needs a program that knows version ${needs}, and this one knows ` +
          `versions up to ${knows}: start a newer program`,
      )
    }
    for (const migration of migrations.filter(({ version }) => version > has)) {
      for (const statement of migration.statements(engine)) await sql.raw(statement).execute(trx)
      const { version, name } = migration
      await sql`insert into hallpass_schema (version, name, needs) values (${version}, ${name}, ${migration.needs})`.execute(
        trx,
      )
    }
    const named = { singleton: 1, id: fresh.id, created_at: fresh.at }
    await trx
      .insertInto('hallpass_store')
      .values(named)
      .onConflict((conflict) => conflict.column('singleton').doNothing())
      .execute()
    return (await trx.selectFrom('hallpass_store').select('id').executeTakeFirstOrThrow()).id
  })
}

/** What has run. `needs` came later than the rest: what had run without it expands. */
async function makeLedger(trx: Transaction<Tables>, engine: Engine): Promise<void> {
  await sql`create table if not exists hallpass_schema (version integer primary key, name text not null)`.execute(trx)
  const columns =
    engine === 'postgres'
      ? sql`select 1 from pg_attribute where attrelid = 'hallpass_schema'::regclass and attname = 'needs'`
      : sql`select 1 from pragma_table_info('hallpass_schema') where name = 'needs'`
  if ((await columns.execute(trx)).rows.length > 0) return
  await sql`alter table hallpass_schema add column needs integer not null default 1`.execute(trx)
}
