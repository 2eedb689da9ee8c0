// What others do to keep a session alive, on the same PostgreSQL and with as many sessions, one in a hundred alive: better-auth's getSession
// with its renewal due at each call, and what express-session does with `rolling` for one request (connect-pg-simple: get and touch).
import { createHmac } from 'node:crypto'
import { promisify } from 'node:util'
import { betterAuth } from 'better-auth'
import session, { type SessionData } from 'express-session'
import pg from 'pg'
import type { PostgresServer } from '../../tests/support/postgres.ts'
import { LIVING } from './population.ts'
import { query } from './prepare.ts'

export interface Peer {
  readonly name: string
  readonly database: string
  /** Renews one of its living sessions, another one each time. */
  refresh(): Promise<void>
}

export interface Peers {
  readonly sessions: number
  readonly list: readonly Peer[]
  close(): Promise<void>
}

const SECRET = 'c2VjcmV0LW9mLXRoZS1iZW5jaC1vbmx5LTEyMzQ1Njc4OTA'

export async function preparePeers(postgres: PostgresServer, sessions: number): Promise<Peers> {
  const pools: pg.Pool[] = []
  const opened = async () => {
    const database = await postgres.createDatabase()
    await query(database, 'create extension pg_stat_statements')
    const pool = new pg.Pool({ connectionString: database })
    pools.push(pool)
    return { database, pool }
  }
  const list = [await betterAuthOn(await opened(), sessions), await expressSessionOn(await opened(), sessions)]
  return { sessions, list, close: async () => void (await Promise.all(pools.map((pool) => pool.end()))) }
}

interface Opened {
  readonly database: string
  readonly pool: pg.Pool
}

async function betterAuthOn({ database, pool }: Opened, sessions: number): Promise<Peer> {
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: SECRET,
    database: pool,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    // Its renewal is due after a day unless said otherwise; here at once, for that is what is compared.
    session: { updateAge: 0 },
    telemetry: { enabled: false },
  })
  const { runMigrations } = await (await import('better-auth/db/migration')).getMigrations(auth.options)
  await runMigrations()
  await query(
    database,
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
     select 'user ' || n, 'User', n || '@example.com', false, now(), now() from generate_series(0, ${Math.ceil(sessions / 3)}) n`,
  )
  const firstLiving = sessions - Math.floor(sessions / LIVING) + 1
  await query(
    database,
    `insert into session (id, "expiresAt", token, "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
     select 'session ' || n, case when n >= ${firstLiving} then now() + interval '7 days' else now() - interval '7 days' end,
       md5(n::text), now() - interval '1 day', now() - interval '1 day', '203.0.113.9', repeat('Mozilla/5.0 ', 9), 'user ' || n / 3
     from generate_series(1, ${sessions}) n`,
  )
  await query(database, 'vacuum (analyze) session')
  const tokens = (
    await query<{ token: string }>(database, 'select token from session where "expiresAt" > now() limit 1000')
  ).map(({ token }) => token)
  let turn = 0
  return {
    name: 'better-auth, getSession that renews',
    database,
    async refresh() {
      const token = tokens[turn++ % tokens.length] ?? ''
      const stamp = createHmac('sha256', SECRET).update(token).digest('base64')
      const headers = new Headers({ cookie: `better-auth.session_token=${encodeURIComponent(`${token}.${stamp}`)}` })
      if ((await auth.api.getSession({ headers })) === null) throw new Error('better-auth knows no such session')
    },
  }
}

interface TouchStore {
  readonly get: (id: string) => Promise<SessionData | null | undefined>
  readonly touch: (id: string, data: SessionData) => Promise<void>
}

async function expressSessionOn({ database, pool }: Opened, sessions: number): Promise<Peer> {
  // The package has no types of its own; this is the one call that is made of it.
  const name: string = 'connect-pg-simple'
  const { default: connectPgSimple } = (await import(name)) as {
    default: (
      from: typeof session,
    ) => new (options: { pool: pg.Pool; createTableIfMissing: boolean; pruneSessionInterval: false }) => session.Store
  }
  const PgStore = connectPgSimple(session)
  const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  const { get, touch }: TouchStore = {
    get: promisify((id: string, done: (error: unknown, data?: SessionData | null) => void) => store.get(id, done)),
    touch: promisify((id: string, data: SessionData, done: () => void) => store.touch?.(id, data, done)),
  }
  // The table is made with the first question.
  await get('nobody')
  const firstLiving = sessions - Math.floor(sessions / LIVING) + 1
  await query(
    database,
    `insert into session (sid, sess, expire)
     select md5(n::text), json_build_object('cookie', json_build_object('originalMaxAge', 604800000, 'expires', now() + interval '7 days',
         'httpOnly', true, 'path', '/'), 'user', 'user ' || n / 3),
       case when n >= ${firstLiving} then now() + interval '7 days' else now() - interval '7 days' end
     from generate_series(1, ${sessions}) n`,
  )
  await query(database, 'vacuum (analyze) session')
  const ids = (await query<{ sid: string }>(database, 'select sid from session where expire > now() limit 1000')).map(
    ({ sid }) => sid,
  )
  let turn = 0
  return {
    name: 'express-session, get and touch',
    database,
    async refresh() {
      const id = ids[turn++ % ids.length] ?? ''
      const data = await get(id)
      if (!data) throw new Error('express-session knows no such session')
      data.cookie.expires = new Date(Date.now() + 604_800_000)
      await touch(id, data)
    },
  }
}
