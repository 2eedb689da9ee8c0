// Connects to PostgreSQL: a pool whose every wait has an end, whose statements are prepared once per connection, and whose
// failures to reach the server are StoreUnavailable.
import { createHash } from 'node:crypto'
import {
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  sql,
} from 'kysely'
import pg from 'pg'
import type { Connected, Tables } from './schema.ts'
import { postgresChannel } from './postgres-channel.ts'
import { storable } from './storable.ts'
import { StoreUnavailable } from './store.ts'

// Milliseconds. Each inner limit is shorter than the one around it, so that the innermost one speaks, and the outermost
// holds when the network swallows packets and no answer ever comes.
const LOCK_TIMEOUT = 3_000
const STATEMENT_TIMEOUT = 5_000
const CONNECT_TIMEOUT = 5_000
const ANSWER_TIMEOUT = 8_000
/** A node that froze inside a transaction gives its locks back. */
const IDLE_TRANSACTION_TIMEOUT = 10_000

/**
 * Connects to PostgreSQL.
 *
 * @param url `postgres://user:password@host:port/database`, with pg's parameters (`sslmode` …)
 * @param connections how many are held at most
 * @throws StoreUnavailable when the server does not answer; TypeError when it would not keep what it acknowledged
 */
export async function connectPostgres(url: string, connections: number): Promise<Connected> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: 'hallpass',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    lock_timeout: LOCK_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT,
    query_timeout: ANSWER_TIMEOUT,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  })
  // A server that stops ends idle and busy connections alike; whoever asks next learns of it by their own query. Without a
  // listener the error would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: reachable(pool) }) })
  const close = async () => (pool.ended ? undefined : pool.end())
  try {
    const { rows } = await sql<{ kept: string }>`select current_setting('synchronous_commit') as kept`.execute(db)
    if (rows[0]?.kept === 'off') throw new TypeError(UNKEPT)
  } catch (error) {
    await close()
    throw error
  }
  return {
    engine: 'postgres',
    db,
    now: async () => {
      const { rows } = await sql<{ now: number }>`
        select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db)
      return rows[0]?.now ?? Number.NaN
    },
    channel: postgresChannel(url, db),
    close,
  }
}

const UNKEPT =
  'synchronous_commit is off in this database, so a sign-out that was acknowledged could be lost with the power: run ' +
  '"alter database … set synchronous_commit = on" (or "alter role …"), and start again'

/** The pool as Kysely sees it. */
function reachable(pool: pg.Pool): PostgresPool {
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const names = statementNames()
  return {
    options: {},
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailable(error)
      })
      const known = wrapped.get(client)
      if (known !== undefined) return known
      const one = reachableClient(client, names)
      wrapped.set(client, one)
      return one
    },
  }
}

function reachableClient(client: pg.PoolClient, nameOf: (text: string) => string | undefined): PostgresPoolClient {
  let broken = false
  const query = async (text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<unknown>> => {
    // An answer that never came may still come: nobody else may read it as theirs, and a ROLLBACK would only wait in line.
    if (broken) throw new StoreUnavailable('the connection to PostgreSQL is lost')
    const name = nameOf(text)
    try {
      const values = [...storable(parameters)]
      return (await client.query({ text, values, ...(name !== undefined && { name }) })) as PostgresQueryResult<unknown>
    } catch (error) {
      if (isAnswer(error)) throw withoutValues(error)
      broken = !(error instanceof pg.DatabaseError)
      throw unavailable(error)
    }
  }
  return {
    // Kysely's type also knows cursors, which it asks for only where it was given a cursor class.
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || broken),
  }
}

/** A statement keeps its name as long as it keeps its text, in every process: what a pooler in between may count on. */
function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= KEPT_STATEMENTS || !/^(select|insert|update|delete) /.test(text))
      return known
    const name = `hallpass_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
    names.set(text, name)
    return name
  }
}

const KEPT_STATEMENTS = 100

/**
 * Whether the server answered that a statement is wrong: a bug, not a failure to reach it. Decided by SQLSTATE class
 * (PostgreSQL, appendix A): connection, transaction rollback, resources, intervention, system and configuration errors pass.
 */
function isAnswer(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return false
  // 25006: a primary that became a standby. 55P03: the wait for a lock took too long.
  return !/^(08|28|3D|40|53|57|58|F0|XX)/.test(error.code) && error.code !== '25006' && error.code !== '55P03'
}

/** PostgreSQL quotes the row it refuses; what stands in a row must not reach a log. */
function withoutValues(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    error.detail = undefined
    error.where = undefined
  }
  return error
}

function unavailable(cause: unknown): StoreUnavailable {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new StoreUnavailable(`PostgreSQL did not answer${code}`, { cause })
}

const INT8: number = pg.types.builtins.INT8

/** Milliseconds since 1970 and counters are far below 2^53: numbers, as on SQLite. */
const parserOf: typeof pg.types.getTypeParser = ((oid: number, format?: 'text') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
