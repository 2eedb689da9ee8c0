// The door to a store: a file path or a postgres:// URL in, the store out.
import { randomBytes } from 'node:crypto'
import type { Connected } from './schema.ts'
import { sqlStore } from './sql.ts'
import type { Store } from './store.ts'

export interface OpenStoreOptions {
  /** The clock of an SQLite store, milliseconds; PostgreSQL has its own. */
  readonly now?: () => number
  /** The id of a store opened for the first time: 128 random bits. */
  readonly storeId?: () => string
  /** Opens an SQLite file beside the process that serves it; that one reads again what was written. PostgreSQL lets everybody in. */
  readonly beside?: boolean
  /** How many connections to PostgreSQL are held at most. */
  readonly connections?: number
}

/**
 * Opens a store and brings its schema up to date.
 *
 * @param database the path of an SQLite file, made when it is not there, or a `postgres://` URL
 * @throws TypeError when it is neither, when another process has the file open, when the schema is newer than this program;
 * StoreUnavailable when the database does not answer
 */
export async function openStore(database: string, options: OpenStoreOptions = {}): Promise<Store> {
  const storeId = options.storeId ?? (() => randomBytes(16).toString('base64url'))
  const connected = await connect(database, options)
  try {
    return await sqlStore(connected, storeId())
  } catch (error) {
    await connected.close()
    throw error
  }
}

async function connect(
  database: string,
  { now = Date.now, beside, connections = 10 }: OpenStoreOptions,
): Promise<Connected> {
  // Only the driver that is needed is loaded: the other one would cost a start its time for nothing.
  if (/^postgres(ql)?:\/\//.test(database)) {
    const { connectPostgres } = await import('./postgres.ts')
    return connectPostgres(database, connections)
  }
  // One letter is a Windows drive; more is a scheme we do not know.
  if (database.trim() === '' || database.startsWith(':') || /^[a-z][a-z0-9+.-]+:/i.test(database)) {
    // The rest of a URL may hold a password.
    const scheme = /^[a-z0-9+.-]*:/i.exec(database)?.[0] ?? ''
    throw new TypeError(
      `database must be the path of an SQLite file, like './data/hallpass.db', or a URL that begins with postgres:// ` +
        `(got ${scheme === '' ? 'nothing' : `'${scheme}…'`})`,
    )
  }
  const { connectSqlite } = await import('./sqlite.ts')
  return connectSqlite(database, now, beside)
}
