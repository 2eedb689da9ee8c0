// One process serves an SQLite file (design: the store is told of every write by its own process); operators' commands take no lock. It is an exclusive
// transaction on an empty companion database, `<file>.lock`: the operating system drops it when its process dies, however it
// dies, so there is nothing to clean up, and readers of the database itself (a backup, the sqlite3 shell) are not shut out.
import { DatabaseSync } from 'node:sqlite'

export interface FileLock {
  release(): void
}

/**
 * Takes the lock of a database file.
 *
 * @param path the database file, links resolved
 * @throws TypeError when another process (or another store of this one) holds it
 */
export function lockFile(path: string): FileLock {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if (!(error instanceof Error && 'errcode' in error && Number(error.errcode) === SQLITE_BUSY)) throw error
    throw new TypeError(
      `another process has ${path} open: one process serves an SQLite file; stop the other one, or set DATABASE_URL to a ` +
        'postgres:// URL to run several',
      { cause: error },
    )
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close()
    },
  }
}

const SQLITE_BUSY = 5
