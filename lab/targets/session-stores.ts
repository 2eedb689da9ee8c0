// Where express-session keeps its rows: its store contract on node:sqlite, and on PostgreSQL. A row a session, read and moved on by every
// request.
import { DatabaseSync } from 'node:sqlite'
import { callbackify } from 'node:util'
import { Store, type SessionData } from 'express-session'
import pg from 'pg'

declare module 'express-session' {
  interface SessionData {
    email: string
  }
}

export const WEEK = 7 * 86_400_000

export interface OpenedStore {
  readonly store: Store
  readonly close: () => void | Promise<void>
}

interface Rows {
  read(sid: string, now: number): Promise<string | undefined> | string | undefined
  write(sid: string, data: string, until: number): unknown
  touch(sid: string, until: number): unknown
  remove(sid: string): unknown
}

/** The contract is a constructor's prototype; an object that stands on it will do. */
function storeOf(rows: Rows, now: () => number): Store {
  const get = callbackify(async (sid: string) => {
    const data = await rows.read(sid, now())
    return data === undefined ? null : (JSON.parse(data) as SessionData)
  })
  const set = callbackify(async (sid: string, data: SessionData) => {
    await rows.write(sid, JSON.stringify(data), now() + WEEK)
  })
  const touch = callbackify(async (sid: string) => {
    await rows.touch(sid, now() + WEEK)
  })
  const destroy = callbackify(async (sid: string) => {
    await rows.remove(sid)
  })
  const nothing = (): void => undefined
  return Object.assign(Object.create(Store.prototype) as Store, {
    get,
    set: (sid: string, data: SessionData, done = nothing) => set(sid, data, done),
    touch: (sid: string, _: SessionData, done = nothing) => touch(sid, done),
    destroy: (sid: string, done = nothing) => destroy(sid, done),
  })
}

export function openSqliteStore(file: string, now: () => number): OpenedStore {
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE session (sid TEXT PRIMARY KEY, data TEXT NOT NULL, until INTEGER NOT NULL) STRICT')
  const read = database.prepare('SELECT data FROM session WHERE sid = ? AND until > ?')
  const write = database.prepare('INSERT OR REPLACE INTO session (sid, data, until) VALUES (?, ?, ?)')
  const touch = database.prepare('UPDATE session SET until = ? WHERE sid = ?')
  const remove = database.prepare('DELETE FROM session WHERE sid = ?')
  const rows: Rows = {
    read: (sid, at) => (read.get(sid, at) as { data: string } | undefined)?.data,
    write: (sid, data, until) => write.run(sid, data, until),
    touch: (sid, until) => touch.run(until, sid),
    remove: (sid) => remove.run(sid),
  }
  return { store: storeOf(rows, now), close: () => database.close() }
}

/** @param url of an empty database */
export async function openPostgresStore(url: string, now: () => number): Promise<OpenedStore> {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  await pool.query('CREATE TABLE session (sid text PRIMARY KEY, data text NOT NULL, until bigint NOT NULL)')
  const rows: Rows = {
    async read(sid, at) {
      const found = await pool.query<{ data: string }>('SELECT data FROM session WHERE sid = $1 AND until > $2', [
        sid,
        at,
      ])
      return found.rows[0]?.data
    },
    write: (sid, data, until) =>
      pool.query('INSERT INTO session VALUES ($1, $2, $3) ON CONFLICT (sid) DO UPDATE SET data = $2, until = $3', [
        sid,
        data,
        until,
      ]),
    touch: (sid, until) => pool.query('UPDATE session SET until = $2 WHERE sid = $1', [sid, until]),
    remove: (sid) => pool.query('DELETE FROM session WHERE sid = $1', [sid]),
  }
  return { store: storeOf(rows, now), close: () => pool.end() }
}
