// The old way: an opaque id in an httpOnly cookie, looked up on each request. express-session, with its rows in SQLite.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RequestHandler } from 'express'
import session, { Store, type SessionData } from 'express-session'
import { createLedger } from '../app/ledger.ts'
import { createLittleApp } from '../app/little-app.ts'
import { createPeople } from '../app/people.ts'
import { changePassword, running } from './own-users.ts'
import { bundle, type Place, type Running, type Target } from './target.ts'

declare module 'express-session' {
  interface SessionData {
    email: string
  }
}

export const sessionCookie: Target = {
  name: 'session',
  title: 'The old way: a session id',
  about:
    'An opaque id in an httpOnly cookie (Secure; SameSite left to the browser), looked up in a database on every request.',
  paths: ['lab/targets/session.ts', 'lab/targets/cookie-page.ts', 'lab/targets/own-users.ts', 'lab/app'],
  access: { cookie: 'connect.sid' },
  start,
}

const WEEK = 7 * 86_400_000

async function start(place: Place): Promise<Running> {
  const people = createPeople()
  const ledger = createLedger()
  const { store, close } = openStore(join(place.directory, 'sessions.db'), place.now)

  const authenticate: RequestHandler = (request, response, next) => {
    const person = request.session.email === undefined ? undefined : people.find(request.session.email)
    if (person === undefined) {
      response.status(401).json({ error: 'sign in first' })
      return
    }
    response.locals['person'] = person
    next()
  }

  const little = createLittleApp({
    script: await bundle('./cookie-page.ts'),
    authenticate,
    ledger,
    routes(app) {
      const secure = place.origin.startsWith('https:')
      // Behind the lab's TLS, which express-session is told of in the usual way.
      app.set('trust proxy', 1)
      app.use((request, _, next) => {
        if (secure) request.headers['x-forwarded-proto'] = 'https'
        next()
      })
      app.use(
        session({
          store,
          secret: randomBytes(32).toString('hex'),
          resave: false,
          saveUninitialized: false,
          cookie: { secure, maxAge: WEEK },
        }),
      )
      app.post('/api/auth/login', (request, response, next) => {
        const { email, password } = Object(request.body) as { email?: unknown; password?: unknown }
        const person = people.prove(String(email), String(password))
        if (person === undefined) {
          response.status(401).json({ error: 'wrong e-mail or password' })
          return
        }
        request.session.regenerate((error) => {
          if (error) return next(error)
          request.session.email = person.email
          response.json({})
        })
      })
      app.post('/api/auth/logout', (request, response, next) => {
        request.session.destroy((error) =>
          error ? next(error) : response.clearCookie('connect.sid').status(204).end(),
        )
      })
      app.post('/api/auth/password', authenticate, changePassword(people))
    },
  })

  return running(little, people, ledger, close)
}

/** express-session's store contract on node:sqlite: a row a session, moved on by every request. */
function openStore(file: string, now: () => number): { readonly store: Store; readonly close: () => void } {
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE session (sid TEXT PRIMARY KEY, data TEXT NOT NULL, until INTEGER NOT NULL) STRICT')
  const read = database.prepare('SELECT data FROM session WHERE sid = ? AND until > ?')
  const write = database.prepare('INSERT OR REPLACE INTO session (sid, data, until) VALUES (?, ?, ?)')
  const touch = database.prepare('UPDATE session SET until = ? WHERE sid = ?')
  const remove = database.prepare('DELETE FROM session WHERE sid = ?')
  // The contract is a constructor's prototype; an object that stands on it will do.
  const store = Object.assign(Object.create(Store.prototype) as Store, {
    get(sid: string, done: (error: unknown, session?: SessionData | null) => void) {
      const row = read.get(sid, now()) as { data: string } | undefined
      done(null, row === undefined ? null : (JSON.parse(row.data) as SessionData))
    },
    set(sid: string, data: SessionData, done?: (error?: unknown) => void) {
      write.run(sid, JSON.stringify(data), now() + WEEK)
      done?.()
    },
    touch(sid: string, _: SessionData, done?: () => void) {
      touch.run(now() + WEEK, sid)
      done?.()
    },
    destroy(sid: string, done?: (error?: unknown) => void) {
      remove.run(sid)
      done?.()
    },
  })
  return { store, close: () => database.close() }
}
