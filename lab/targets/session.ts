// The old way: an opaque id in an httpOnly cookie, looked up on each request. express-session, with its rows in SQLite.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { RequestHandler } from 'express'
import session from 'express-session'
import { createLedger } from '../app/ledger.ts'
import { createLittleApp } from '../app/little-app.ts'
import { createPeople } from '../app/people.ts'
import { changePassword, running } from './own-users.ts'
import { openSqliteStore, WEEK, type OpenedStore } from './session-stores.ts'
import { bundle, type Place, type Running, type Target } from './target.ts'

export const sessionCookie: Target = {
  name: 'session',
  title: 'The old way: a session id',
  about:
    'An opaque id in an httpOnly cookie (Secure; SameSite left to the browser), looked up in a database on every request.',
  paths: [
    'lab/targets/session.ts',
    'lab/targets/session-stores.ts',
    'lab/targets/cookie-page.ts',
    'lab/targets/own-users.ts',
    'lab/app',
  ],
  access: { cookie: 'connect.sid' },
  start: (place) => startSession(place, openSqliteStore(join(place.directory, 'sessions.db'), place.now)),
}

/** @param opened where the sessions lie, and how to close it */
export async function startSession(place: Place, { store, close }: OpenedStore): Promise<Running> {
  const people = createPeople()
  const ledger = createLedger()

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
