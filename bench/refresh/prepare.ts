// The databases of the bench: one for each size on one PostgreSQL that counts its statements, one file for each size of SQLite.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { generateSecret } from '@hallpass/server'
import { openSessionLayer, type SessionLayer } from '@hallpass/server/session-layer'
import { startPostgres, type PostgresServer } from '../../tests/support/postgres.ts'
import { bareSqlite, barePostgres, createClock, type Refresh } from './lanes.ts'
import { clients, fillPostgres, fillSqlite, type Client } from './population.ts'

export interface Sized {
  readonly engine: 'PostgreSQL' | 'SQLite'
  readonly sessions: number
  readonly database: string
  readonly living: readonly Client[]
  readonly layer: SessionLayer
  readonly clock: ReturnType<typeof createClock>
  readonly bare: Refresh
  /** With its indexes, on the disk. */
  readonly bytes: number
  close(): Promise<void>
}

export interface Prepared {
  readonly postgres: PostgresServer
  readonly sized: readonly Sized[]
  remove(): Promise<void>
}

export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** Who is measured last is closed for it, and closed again with all. */
function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => (closing ??= close())
}

/** Makes and fills what is asked for. Ten million sessions take 9 GB and some minutes. */
export async function prepare(postgresSizes: readonly number[], sqliteSizes: readonly number[]): Promise<Prepared> {
  const postgres = await startPostgres()
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
  const sized: Sized[] = []
  const secret = generateSecret()
  const remove = async () => {
    for (const one of sized) await one.close()
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
  const configure = async (...settings: readonly string[]) => {
    for (const setting of settings) await query(postgres.url('postgres'), `alter system ${setting}`)
    await postgres.stop()
    await postgres.start()
  }
  const layerOf = async (database: string) => {
    const clock = createClock()
    return { clock, layer: await openSessionLayer({ database, secret, now: clock.now }) }
  }
  try {
    // While it is filled, a table made in the same transaction needs no log of its own: half the writing.
    await configure(
      'set wal_level = minimal',
      'set max_wal_senders = 0',
      "set shared_preload_libraries = 'pg_stat_statements'",
    )
    const urls: string[] = []
    for (const sessions of postgresSizes) {
      const url = await postgres.createDatabase()
      await query(url, 'create extension pg_stat_statements')
      await (await layerOf(url)).layer.close()
      await fillPostgres(url, sessions)
      urls.push(url)
    }
    await configure('reset wal_level', 'reset max_wal_senders')
    for (const [index, sessions] of postgresSizes.entries()) {
      const database = urls[index] ?? ''
      const [size] = await query<{ bytes: string }>(
        database,
        `select pg_total_relation_size('hallpass_sessions') as bytes`,
      )
      const opened = await layerOf(database)
      const bare = await barePostgres(database)
      sized.push({
        engine: 'PostgreSQL',
        sessions,
        database,
        living: clients(sessions),
        ...opened,
        bare: bare.refresh,
        bytes: Number(size?.bytes),
        close: once(async () => void (await Promise.all([opened.layer.close(), bare.close()]))),
      })
    }
    for (const sessions of sqliteSizes) {
      const database = join(folder, `${sessions}.db`)
      await (await layerOf(database)).layer.close()
      fillSqlite(database, sessions)
      const { size } = statSync(database)
      const opened = await layerOf(database)
      const bare = bareSqlite(database)
      sized.push({
        engine: 'SQLite',
        sessions,
        database,
        living: clients(sessions),
        ...opened,
        bare: bare.refresh,
        bytes: size,
        close: once(async () => {
          bare.close()
          await opened.layer.close()
        }),
      })
    }
    return { postgres, sized, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
