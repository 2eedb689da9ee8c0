// The sessions that are measured: made by number, so that a database can be filled inside the database and the bench still knows every
// nonce. One in a hundred lives; ids are in the order of time, as ours are (UUIDv7), so the living lie together.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

export const LIVING = 100
const DAY = 86_400_000
/** When the youngest session began, milliseconds since 1970. */
export const BEGAN = Date.UTC(2026, 0, 1)
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** What a client of a living session holds; it goes on as the session does. */
export interface Client {
  readonly sessionId: string
  readonly nonce: string
  readonly nonceHash: string
  generation: number
  rotatedAt: number
}

/** The clients of the living sessions among so many, the youngest last. */
export function clients(sessions: number): readonly Client[] {
  const living = Math.floor(sessions / LIVING)
  return Array.from({ length: living }, (_, index) => {
    const n = sessions - living + index + 1
    const nonce = `nonce ${n}`
    const nonceHash = createHash('sha256').update(nonce).digest('hex')
    return { sessionId: idOf(n, sessions), nonce, nonceHash, generation: 0, rotatedAt: BEGAN }
  })
}

/** The dead began in the month before the last one, and half of them ended by a sign-out; the living began today. */
function idOf(n: number, sessions: number): string {
  const time = n > sessions - Math.floor(sessions / LIVING) ? BEGAN : BEGAN - 62 * DAY
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`
}

const columns = (sessions: number) => {
  const firstLiving = sessions - Math.floor(sessions / LIVING) + 1
  return { firstLiving, created: (n: number) => (n >= firstLiving ? BEGAN : BEGAN - 62 * DAY) }
}

/** Fills PostgreSQL's table, in one transaction with its indexes made last: a load of minutes, not of hours. */
export async function fillPostgres(url: string, sessions: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { firstLiving } = columns(sessions)
  try {
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
        where tablename = 'hallpass_sessions' and indexname <> 'hallpass_sessions_pkey'`,
    )
    await client.query('begin')
    await client.query('truncate hallpass_sessions')
    for (const { name } of indexes) await client.query(`drop index ${name}`)
    for (let first = 1; first <= sessions; first += 500_000) {
      const last = Math.min(sessions, first + 499_999)
      await client.query(`
        insert into hallpass_sessions
        select left(hex, 8) || '-' || right(hex, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'),
          'subject ' || n / 3, case when alive then encode(sha256(convert_to('nonce ' || n, 'UTF8')), 'hex') else md5(n::text) || md5(n::text) end,
          0, -1, created, created, created + ${30 * DAY},
          case when not alive and n % 2 = 0 then created + ${DAY} end,
          case when not alive and n % 2 = 0 then 'logout' end,
          case when not alive and n % 2 = 0 then created + ${DAY} + 900000 end,
          created, '["pwd"]', json_build_object('id', 'subject ' || n / 3, 'email', n || '@example.com')::text,
          '{"userAgent":"${USER_AGENT}","address":"203.0.113.9"}', null, 1
        from (
          select n::bigint as n, n >= ${firstLiving} as alive, case when n >= ${firstLiving} then ${BEGAN} else ${BEGAN - 62 * DAY} end::bigint as created,
            lpad(to_hex(case when n >= ${firstLiving} then ${BEGAN} else ${BEGAN - 62 * DAY} end::bigint), 12, '0') as hex
          from generate_series(${first}, ${last}) n
        ) made`)
      process.stderr.write(`bench: ${last} of ${sessions} sessions\r`)
    }
    for (const { definition } of indexes) await client.query(definition)
    await client.query('commit')
    await client.query('vacuum (analyze) hallpass_sessions')
  } finally {
    await client.end()
  }
}

/** Fills SQLite's table, past the store and before it is opened for measuring. */
export function fillSqlite(file: string, sessions: number): void {
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  const { firstLiving, created } = columns(sessions)
  const insert = database.prepare(
    `insert into hallpass_sessions values (?, ?, ?, 0, -1, ?, ?, ?, ?, ?, ?, ?, '["pwd"]', ?, ?, null, 1)`,
  )
  const device = JSON.stringify({ userAgent: USER_AGENT, address: '203.0.113.9' })
  database.exec('begin')
  for (let n = 1; n <= sessions; n++) {
    const at = created(n)
    const subject = `subject ${Math.floor(n / 3)}`
    const ended = n < firstLiving && n % 2 === 0 ? at + DAY : null
    insert.run(
      idOf(n, sessions),
      subject,
      createHash('sha256').update(`nonce ${n}`).digest('hex'),
      at,
      at,
      at + 30 * DAY,
      ended,
      ended && 'logout',
      ended && ended + 900_000,
      at,
      JSON.stringify({ id: subject, email: `${n}@example.com` }),
      device,
    )
  }
  database.exec('commit')
  database.exec('pragma wal_checkpoint(truncate)')
  database.close()
}
