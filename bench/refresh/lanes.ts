// What is timed: one refresh of a session, by the bare prepared statement and by the session layer, on the same table. Each lane has sessions
// of its own.
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { RefreshClaims, SessionLayer } from '@hallpass/server/session-layer'
import type { Client } from './population.ts'

/** Does one refresh; the client holds what follows. */
export type Refresh = (client: Client) => Promise<void>

const COLUMNS =
  'id, subject, nonce_hash, generation, proven, rotated_at, created_at, expires_at, ended_at, end_reason, revoked_until, auth_time, amr, ' +
  'public_user, device, binding, persistent'
const CONDITION = (place: () => string): string =>
  `update hallpass_sessions set generation = ${place()}, proven = ${place()}, rotated_at = ${place()} where id = ${place()} and ` +
  `nonce_hash = ${place()} and generation = ${place()} and rotated_at = ${place()} and binding is null and ended_at is null and ` +
  `expires_at > ${place()} returning ${COLUMNS}`

/** Longer than the half minute in which the same token is given again. */
const LATER = 60_000

const values = ({ sessionId, nonceHash, generation, rotatedAt }: Client) => {
  const now = rotatedAt + LATER
  return [generation + 1, generation, now, sessionId, nonceHash, generation, rotatedAt, now]
}

const goOn = (client: Client): void => {
  client.generation++
  client.rotatedAt += LATER
}

/** The statement of a rotation, prepared once on one connection of node-postgres, and nothing around it. */
export async function barePostgres(url: string): Promise<{ readonly refresh: Refresh; close(): Promise<void> }> {
  const connection = new pg.Client({ connectionString: url })
  await connection.connect()
  let at = 0
  const text = CONDITION(() => `$${++at}`)
  return {
    async refresh(client) {
      const { rowCount } = await connection.query({ name: 'rotate', text, values: values(client) })
      if (rowCount !== 1) throw new Error('the bare statement changed nothing')
      goOn(client)
    },
    close: () => connection.end(),
  }
}

/** The same on node:sqlite, with the settings that make an answer durable. */
export function bareSqlite(file: string): { readonly refresh: Refresh; close(): void } {
  const database = new DatabaseSync(file, { timeout: 2_000 })
  database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = full')
  const statement = database.prepare(CONDITION(() => '?'))
  return {
    async refresh(client) {
      if (statement.all(...values(client)).length !== 1) throw new Error('the bare statement changed nothing')
      goOn(client)
    },
    close: () => database.close(),
  }
}

/** The session layer's clock, which stands a minute after the refresh before, whoever comes. */
export function createClock(): { readonly now: () => number; set(at: number): void } {
  let at = 0
  return { now: () => at, set: (to) => void (at = to) }
}

/** One of the session layer's operations, for a client. */
export function layerLane(
  operation: 'rotate' | 'refresh' | 'mint',
  layer: SessionLayer,
  clock: ReturnType<typeof createClock>,
): Refresh {
  return async (client) => {
    const claims: RefreshClaims = {
      sessionId: client.sessionId,
      generation: client.generation,
      issuedAt: client.rotatedAt,
      nonce: client.nonce,
    }
    // Read before the first wait, so that clients side by side do not move each other's time.
    clock.set(client.rotatedAt + LATER)
    await layer[operation](claims)
    if (operation !== 'mint') goOn(client)
  }
}
