// Brings a database to the schema this program knows, in one transaction. Safe when several processes start together: on
// PostgreSQL an advisory lock, on SQLite the write lock lets one at a time look and write. Never goes back.
import { type Kysely, sql } from 'kysely'
import { atomically, type Engine, type Tables } from '../schema.ts'
import { initial } from './001-initial.ts'
import { auditChain } from './002-audit-chain.ts'
import type { Migration } from './migration.ts'

const MIGRATIONS: readonly Migration[] = [initial, auditChain]

/** Any number will do, as long as nobody else in the same database takes it: "hallpass" in ASCII, as far as 31 bits hold. */
const ADVISORY_LOCK = 0x68_61_6c_6c

/**
 * Runs the migrations that a database lacks, and makes the store's id with the first.
 *
 * @param migrations in order of their versions; what a test of an older or newer program would know
 * @returns the store's id
 * @throws TypeError when the database has a newer schema than this program knows
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
    await sql`create table if not exists hallpass_schema (version integer primary key, name text not null)`.execute(trx)
    const { rows } = await sql<{ version: number }>`select version from hallpass_schema order by version`.execute(trx)
    const has = rows.at(-1)?.version ?? 0
    const knows = migrations.at(-1)?.version ?? 0
    if (has > knows) {
      throw new TypeError(
        `this database has schema version ${has}, and this program knows versions up to ${knows}: start the program that ` +
          'wrote it, or a newer one',
      )
    }
    for (const { version, name, statements } of migrations.filter((migration) => migration.version > has)) {
      for (const statement of statements(engine)) await sql.raw(statement).execute(trx)
      await sql`insert into hallpass_schema (version, name) values (${version}, ${name})`.execute(trx)
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
