// The store in SQL: one implementation for both engines, put together from its subjects.
import { sql } from 'kysely'
import { announcementOperations } from './announcements.ts'
import { migrate } from './migrations/migrate.ts'
import type { Connected } from './schema.ts'
import { accountOperations } from './sql-accounts.ts'
import { auditChainOperations } from './sql-audit-chain.ts'
import { auditOperations } from './sql-audit.ts'
import { keyOperations } from './sql-keys.ts'
import { recoveryOperations } from './sql-recovery.ts'
import { sessionOperations } from './sql-sessions.ts'
import { throttleOperations } from './sql-throttle.ts'
import type { Store } from './store.ts'

/**
 * Makes the store of a connected database, bringing its schema up to date.
 *
 * @param storeId the id of the store, should this be its first opening
 * @throws TypeError when the database is newer than this program; StoreUnavailable
 */
export async function sqlStore(connected: Connected, storeId: string): Promise<Store> {
  const { db, engine, now, channel, close } = connected
  const id = await migrate(db, engine, { id: storeId, at: await now() })
  return {
    id,
    shared: engine === 'postgres',
    ...sessionOperations(connected),
    ...accountOperations(connected),
    ...throttleOperations(connected),
    ...keyOperations(connected),
    ...recoveryOperations(connected),
    ...auditOperations(connected),
    ...auditChainOperations(connected),
    ...announcementOperations(channel, id),
    async ping() {
      await sql`select 1`.execute(db)
    },
    settings: () => settingsOf(connected),
    now,
    close,
  }
}

const POSTGRES_SETTINGS = [
  'server_version',
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'synchronous_standby_names',
]

async function settingsOf({ db, engine }: Connected): Promise<Readonly<Record<string, string>>> {
  if (engine === 'postgres') {
    const { rows } = await sql<{ name: string; setting: string }>`
      select name, setting from pg_settings where name in (${sql.join(POSTGRES_SETTINGS)})`.execute(db)
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
  }
  const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db)
  const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db)
  return {
    journal_mode: String(journal.rows[0]?.journal_mode),
    synchronous: ['off', 'normal', 'full', 'extra'][synchronous.rows[0]?.synchronous ?? -1] ?? 'unknown',
  }
}
