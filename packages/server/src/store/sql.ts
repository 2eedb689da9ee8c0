// The store in SQL: one implementation for both engines, put together from its subjects.
import { sql } from 'kysely'
import { announcementOperations } from './announcements.ts'
import { migrate } from './migrations/migrate.ts'
import type { Connected } from './schema.ts'
import { accountOperations } from './sql-accounts.ts'
import { auditOperations } from './sql-audit.ts'
import { keyOperations } from './sql-keys.ts'
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
    ...auditOperations(connected),
    ...announcementOperations(channel, id),
    async ping() {
      await sql`select 1`.execute(db)
    },
    now,
    close,
  }
}
