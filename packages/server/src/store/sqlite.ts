// Connects to an SQLite file: makes it when it is not there, takes its lock, and sets it so that what was answered is on the
// disk (WAL with synchronous=FULL).
import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Connected, Tables } from './schema.ts'
import { sqliteChannel } from './sqlite-channel.ts'
import { isAway, sqliteDialect } from './sqlite-dialect.ts'
import { lockFile } from './sqlite-lock.ts'

/** How long a write waits for a foreign process (a backup, the sqlite3 shell) that holds the file, milliseconds. */
const BUSY_TIMEOUT = 2_000

/**
 * Opens an SQLite file, making it (mode 0600) and its directory (0700) when they are not there.
 *
 * @param now the clock, milliseconds: the store of one process has the clock of that process
 * @param beside for an operator, whose word the process that serves the file will read: takes no lock
 * @throws TypeError when another process has it open, or it cannot be opened
 */
export function connectSqlite(file: string, now: () => number, beside = false): Connected {
  const path = made(resolve(file))
  const lock = beside ? undefined : lockFile(path)
  const database = opened(path, () => lock?.release())
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database) })
  return {
    engine: 'sqlite',
    db,
    now: async () => now(),
    channel: sqliteChannel(database),
    // Asked for like a connection, so that it comes after a transaction that is under way.
    close: () =>
      db.connection().execute(async () => {
        if (database.isOpen) database.close()
        lock?.release()
      }),
  }
}

function opened(path: string, undo: () => void): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT })
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    database.exec('pragma trusted_schema = off')
    return database
  } catch (error) {
    undo()
    throw isAway(error) ? refused(path, error) : error
  }
}

/** The file with its links resolved: two names of one file have one lock. */
function made(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // Password hashes stand in it: for its owner only. SQLite gives its companions the same mode.
    closeSync(openSync(path, 'a', 0o600))
    return realpathSync(path)
  } catch (error) {
    throw refused(path, error)
  }
}

function refused(path: string, cause: unknown): TypeError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new TypeError(`the SQLite file ${path} cannot be opened (${why}): check the path and its permissions`, {
    cause,
  })
}
