// The pattern as tutorials teach it: a short-lived access token in a variable, a refresh token for a week in an httpOnly cookie, axios
// with an interceptor. No rotation, no list of sessions: signing out deletes the cookie.
import { randomBytes } from 'node:crypto'
import cookieParser from 'cookie-parser'
import type { CookieOptions, RequestHandler } from 'express'
import jwt from 'jsonwebtoken'
import { createLedger } from '../app/ledger.ts'
import { createLittleApp } from '../app/little-app.ts'
import { createPeople, type Person } from '../app/people.ts'
import { changePassword, running } from './own-users.ts'
import { bearerOf } from './plain-token.ts'
import { bundle, type Place, type Running, type Target } from './target.ts'

export const tutorial: Target = {
  name: 'tutorial',
  title: 'The tutorial’s own pattern',
  about:
    'An access token for 15 minutes in a variable, a refresh token for a week in an httpOnly cookie; nothing rotates.',
  paths: ['lab/targets/tutorial.ts', 'lab/targets/tutorial-page.ts', 'lab/targets/own-users.ts', 'lab/app'],
  access: 'bearer',
  refreshCookie: 'refreshToken',
  start,
}

async function start(place: Place): Promise<Running> {
  const secrets = { access: randomBytes(32), refresh: randomBytes(32) }
  const people = createPeople()
  const ledger = createLedger()
  const seconds = () => Math.floor(place.now() / 1000)
  const cookie: CookieOptions = {
    httpOnly: true,
    secure: place.origin.startsWith('https:'),
    sameSite: 'strict',
    path: '/api/auth',
  }
  const verify = (token: string | undefined, secret: Buffer): Person => {
    const claims = jwt.verify(token ?? '', secret, { algorithms: ['HS256'], clockTimestamp: seconds() })
    return claims as unknown as Person
  }
  const access = ({ email, role }: Person) =>
    jwt.sign({ email, role, iat: seconds() }, secrets.access, { expiresIn: '15m' })

  const authenticate: RequestHandler = (request, response, next) => {
    try {
      const { email, role } = verify(bearerOf(request), secrets.access)
      response.locals['person'] = { email, role }
      next()
    } catch {
      response.status(401).json({ error: 'sign in first' })
    }
  }

  const little = createLittleApp({
    script: await bundle('./tutorial-page.ts'),
    authenticate,
    ledger,
    routes(app) {
      app.use(cookieParser())
      app.post('/api/auth/login', (request, response) => {
        const { email, password } = Object(request.body) as { email?: unknown; password?: unknown }
        const person = people.prove(String(email), String(password))
        if (person === undefined) {
          response.status(401).json({ error: 'wrong e-mail or password' })
          return
        }
        const refreshToken = jwt.sign({ email: person.email, iat: seconds() }, secrets.refresh, { expiresIn: '7d' })
        response.cookie('refreshToken', refreshToken, { ...cookie, maxAge: 7 * 86_400_000 })
        response.json({ accessToken: access(person) })
      })
      app.post('/api/auth/refresh', (request, response) => {
        try {
          const { refreshToken } = request.cookies as { refreshToken?: string }
          const person = people.find(verify(refreshToken, secrets.refresh).email)
          if (person === undefined) throw new Error('gone')
          response.json({ accessToken: access(person) })
        } catch {
          response.status(401).json({ error: 'sign in again' })
        }
      })
      app.post('/api/auth/logout', (_, response) => {
        response.clearCookie('refreshToken', cookie).status(204).end()
      })
      app.post('/api/auth/password', authenticate, changePassword(people))
    },
  })

  return running(little, people, ledger)
}
