// The server of every target that hands out one long-lived JWT and nothing else, made with jsonwebtoken as its documentation shows.
// Where the page keeps the token is the whole difference between those targets.
import { randomBytes } from 'node:crypto'
import cookieParser from 'cookie-parser'
import type { CookieOptions, Request, RequestHandler } from 'express'
import jwt from 'jsonwebtoken'
import { createLedger } from '../app/ledger.ts'
import { createLittleApp } from '../app/little-app.ts'
import { createPeople } from '../app/people.ts'
import { changePassword, running } from './own-users.ts'
import { bundle, type Place, type Running } from './target.ts'

/** As long as a refresh token lives elsewhere, so that no target asks for the password more often than another. */
const LIFETIME = 7 * 86_400

export interface PlainTokenOptions {
  readonly page: string
  /** Where the API looks for the token. */
  readonly read: (request: Request) => string | undefined
  /** Set by the server at sign-in, if the server sets it. */
  readonly cookie?: { readonly name: string; readonly options: CookieOptions }
}

export async function startPlainToken({ page, read, cookie }: PlainTokenOptions, place: Place): Promise<Running> {
  const secret = randomBytes(32)
  const people = createPeople()
  const ledger = createLedger()
  const seconds = () => Math.floor(place.now() / 1000)

  const authenticate: RequestHandler = (request, response, next) => {
    try {
      const claims = jwt.verify(read(request) ?? '', secret, { algorithms: ['HS256'], clockTimestamp: seconds() })
      if (typeof claims === 'string') throw new Error('no claims')
      response.locals['person'] = { email: claims['email'] as string, role: claims['role'] as string }
      next()
    } catch {
      response.status(401).json({ error: 'sign in first' })
    }
  }

  const little = createLittleApp({
    script: await bundle(page),
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
        const accessToken = jwt.sign({ ...person, iat: seconds() }, secret, { expiresIn: LIFETIME })
        if (cookie === undefined) {
          response.json({ accessToken })
          return
        }
        response.cookie(cookie.name, accessToken, { ...cookie.options, maxAge: LIFETIME * 1000 }).json({})
      })
      app.post('/api/auth/logout', (_, response) => {
        if (cookie !== undefined) response.clearCookie(cookie.name, cookie.options)
        response.status(204).end()
      })
      app.post('/api/auth/password', authenticate, changePassword(people))
    },
  })

  return running(little, people, ledger)
}

/** `Authorization: Bearer …` */
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1]
/** A cookie, as cookie-parser reads it. */
export const cookieOf =
  (name: string) =>
  (request: Request): string | undefined =>
    (request.cookies as Record<string, string | undefined>)[name]
