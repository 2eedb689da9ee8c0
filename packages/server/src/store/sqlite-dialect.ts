// Kysely on node:sqlite: one connection, synchronous inside, statements prepared once. Kysely itself lets one user at a time
// onto the connection, so a transaction is never interleaved with anything else.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { storable } from './storable.ts'
import { StoreUnavailable } from './store.ts'

const KEPT_STATEMENTS = 200

/** A dialect over an open database; destroying it closes the database. */
export function sqliteDialect(database: DatabaseSync): Dialect {
  const statements = new Map<string, { readonly statement: StatementSync; readonly answersRows: boolean }>()

  const prepare = (sql: string) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    const prepared = { statement, answersRows: statement.columns().length > 0 }
    if (statements.size < KEPT_STATEMENTS) statements.set(sql, prepared)
    return prepared
  }

  const execute = <R>(sql: string, parameters: readonly unknown[] = []): QueryResult<R> => {
    try {
      const { statement, answersRows } = prepare(sql)
      const values = storable(parameters) as SQLInputValue[]
      if (answersRows) return { rows: statement.all(...values) as R[] }
      return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) }
    } catch (error) {
      throw isAway(error) ? new StoreUnavailable('the SQLite file did not answer', { cause: error }) : error
    }
  }

  const connection: DatabaseConnection = {
    executeQuery: async ({ sql, parameters }) => execute(sql, parameters),
    // eslint-disable-next-line require-yield
    streamQuery: async function* () {
      throw new Error('the store does not stream')
    },
  }

  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    // IMMEDIATE takes the write lock at once: a transaction that reads first could not take it later (SQLITE_BUSY).
    beginTransaction: async () => void execute('begin immediate'),
    commitTransaction: async () => void execute('commit'),
    // After a full disk or a failed write SQLite has rolled back by itself.
    rollbackTransaction: async () => void (database.isTransaction && execute('rollback')),
    releaseConnection: async () => {},
    destroy: async () => database.close(),
  }

  return {
    createDriver: () => driver,
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

// Primary result codes (https://www.sqlite.org/rescode.html) that speak of the file and the machine, not of the statement:
// BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
const AWAY = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 26])

/** Whether an error of node:sqlite says that the database cannot be used now. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  if (error.code === 'ERR_INVALID_STATE') return true // closed
  return error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error && AWAY.has(Number(error.errcode) & 0xff)
}
