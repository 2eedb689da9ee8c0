// The servers that are compared: one small route each, open or behind what people put in front of it. ES256 wherever there is a token.
import { createPublicKey } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import fastifyJwt from '@fastify/jwt'
import { getRequestListener } from '@hono/node-server'
import { betterAuth } from 'better-auth'
import express from 'express'
import session from 'express-session'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { jwk } from 'hono/jwk'
import { importJWK, jwtVerify, type JWK } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import pg from 'pg'
import { createGuard, createRevocationView, type Guard } from '@hallpass/guard'
import { bearer as expressBearer } from '@hallpass/guard/express'
import { bearer as fastifyBearer } from '@hallpass/guard/fastify'
import { bearer as honoBearer } from '@hallpass/guard/hono'
import { bearer as nodeBearer } from '@hallpass/guard/node'
import { createKeySet, importJwk, type Jwk } from '@hallpass/token'
import { AUDIENCE, ISSUER } from '../token/contenders.ts'

/** What a server is started with. */
export interface Setting {
  readonly publicJwk: Jwk
  /** Header lines whose tokens are of type `JWT`, for who takes no other. */
  readonly plainBearers: readonly string[]
  readonly postgres: string | undefined
}

/** A server, and the header lines to ask it with; none for the setting's own. */
export interface Started {
  readonly server: Server
  readonly credentials?: readonly string[]
}

const ANSWER = JSON.stringify({ hello: 'world', items: [1, 2, 3] })
const JSON_TYPE = { 'content-type': 'application/json' }

/** A guard as a service has it: one key, a thousand sessions that ended. */
export async function guardOf({ publicJwk }: Setting): Promise<Guard> {
  const revocations = createRevocationView({ now: Date.now })
  const until = Math.floor(Date.now() / 1000) + 600
  for (let count = 0; count < 1000; count++) revocations.end(crypto.randomUUID(), until)
  const keys = createKeySet([await importJwk(publicJwk, 'ES256')])
  return createGuard({ issuer: ISSUER, audience: AUDIENCE, keys, algorithms: ['ES256'], revocations })
}

const publicKeyOf = ({ publicJwk }: Setting) => createPublicKey({ key: publicJwk, format: 'jwk' })
const tokenOf = (request: IncomingMessage): string => request.headers.authorization?.slice(7) ?? ''
/** A listener of node:http; one that answers later looks after its own errors. */
const plain = (listener: (...args: Parameters<RequestListener>) => unknown): Started => ({
  server: createServer((request, response) => void listener(request, response)),
})
const demands = { algorithms: ['ES256' as const], issuer: ISSUER, audience: AUDIENCE }

function expressApp(...guards: express.RequestHandler[]): Started {
  const app = express()
  app.get('/', ...guards, (_, response) => void response.set(JSON_TYPE).send(ANSWER))
  return plain(app)
}

async function fastifyApp(protect?: (app: ReturnType<typeof Fastify>) => Promise<object>): Promise<Started> {
  const app = Fastify()
  const options = (await protect?.(app)) ?? {}
  app.get('/', options, (_, reply) => reply.headers(JSON_TYPE).send(ANSWER))
  await app.ready()
  return { server: app.server }
}

function honoApp(...guards: Parameters<Hono['use']>[1][]): Started {
  const app = new Hono()
  for (const guard of guards) app.use('/', guard)
  app.get('/', (c) => c.body(ANSWER, 200, JSON_TYPE))
  return plain(getRequestListener(app.fetch))
}

const jsonwebtokenWith =
  (key: jsonwebtoken.PublicKey): express.RequestHandler =>
  (request, response, next) => {
    try {
      jsonwebtoken.verify(tokenOf(request), key, demands)
      next()
    } catch {
      response.sendStatus(401)
    }
  }

const fastifyWith = (setting: Setting, cache: boolean) =>
  fastifyApp(async (app) => {
    const key = publicKeyOf(setting).export({ type: 'spki', format: 'pem' }).toString()
    const verify = { algorithms: ['ES256' as const], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: cache && 2048 }
    await app.register(fastifyJwt, { secret: { public: key }, verify })
    return { onRequest: (request: { jwtVerify: () => Promise<unknown> }) => request.jwtVerify() }
  })

async function betterAuthWith(cookieCache: boolean): Promise<Started> {
  const database = new DatabaseSync(':memory:')
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: 'c2VjcmV0LW9mLXRoZS1iZW5jaC1vbmx5LTEyMzQ1Njc4OTA',
    database,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    session: { cookieCache: { enabled: cookieCache, maxAge: 600 } },
    telemetry: { enabled: false },
  })
  const { runMigrations } = await (await import('better-auth/db/migration')).getMigrations(auth.options)
  await runMigrations()
  const credentials: string[] = []
  for (let count = 0; count < 16; count++) {
    const body = { email: `user-${count}@example.com`, password: 'correct horse battery', name: 'User' }
    const response = await auth.api.signUpEmail({ body, asResponse: true })
    credentials.push(
      `Cookie: ${response.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')}`,
    )
  }
  const listener: RequestListener = (request, response) => {
    const headers = new Headers({ cookie: request.headers.cookie ?? '' })
    void auth.api.getSession({ headers }).then((found) => response.writeHead(found ? 200 : 401, JSON_TYPE).end(ANSWER))
  }
  return { server: createServer(listener), credentials }
}

async function expressSession({ postgres }: Setting): Promise<Started> {
  const pool = new pg.Pool({ connectionString: postgres })
  // The package has no types of its own; this is the one call that is made of it.
  const name: string = 'connect-pg-simple'
  const { default: connectPgSimple } = (await import(name)) as {
    default: (from: typeof session) => new (options: { pool: pg.Pool; createTableIfMissing: boolean }) => session.Store
  }
  const PgStore = connectPgSimple(session)
  const app = express()
  const store = new PgStore({ pool, createTableIfMissing: true })
  app.use(session({ store, secret: 'of the bench only', resave: false, saveUninitialized: false }))
  app.get('/login', (request, response) => {
    Object.assign(request.session, { user: 'user-1' })
    response.end()
  })
  app.get('/', (request, response) => {
    if (!('user' in request.session)) return void response.sendStatus(401)
    return void response.set(JSON_TYPE).send(ANSWER)
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/login`
  const credentials: string[] = []
  for (let count = 0; count < 64; count++) {
    const response = await fetch(url)
    credentials.push(`Cookie: ${response.headers.getSetCookie()[0]?.split(';')[0]}`)
  }
  return { server, credentials }
}

/** Every contender by its case and name. The first of a case is its open route, against which the others are measured. */
export const servers: Readonly<
  Record<string, Readonly<Record<string, (setting: Setting) => Started | Promise<Started>>>>
> = {
  'node:http': {
    open: () => plain((_, response) => void response.writeHead(200, JSON_TYPE).end(ANSWER)),
    hallpass: async (setting) =>
      plain(nodeBearer(await guardOf(setting), (_, response) => response.writeHead(200, JSON_TYPE).end(ANSWER))),
    jose: async (setting) => {
      const key = await importJWK(setting.publicJwk as JWK, 'ES256')
      return plain((request, response) => {
        jwtVerify(tokenOf(request), key, demands).then(
          () => response.writeHead(200, JSON_TYPE).end(ANSWER),
          () => response.writeHead(401).end(),
        )
      })
    },
    'better-auth getSession': () => betterAuthWith(false),
    'better-auth getSession, cookie cache': () => betterAuthWith(true),
  },
  'Express 5': {
    open: () => expressApp(),
    hallpass: async (setting) => expressApp(expressBearer(await guardOf(setting))),
    'jsonwebtoken, as documented': (setting) =>
      expressApp(jsonwebtokenWith(publicKeyOf(setting).export({ type: 'spki', format: 'pem' }).toString())),
    'jsonwebtoken, KeyObject': (setting) => expressApp(jsonwebtokenWith(publicKeyOf(setting))),
    'express-session on PostgreSQL': expressSession,
  },
  'Fastify 5': {
    open: () => fastifyApp(),
    hallpass: async (setting) => {
      const guard = await guardOf(setting)
      return fastifyApp(async () => ({ onRequest: fastifyBearer(guard) }))
    },
    '@fastify/jwt': (setting) => fastifyWith(setting, false),
    '@fastify/jwt, its cache': (setting) => fastifyWith(setting, true),
  },
  Hono: {
    open: () => honoApp(),
    hallpass: async (setting) => honoApp(honoBearer(await guardOf(setting)) as never),
    'hono/jwk': (setting) => ({
      ...honoApp(
        jwk({
          keys: [setting.publicJwk as never],
          alg: ['ES256'],
          verification: { iss: ISSUER, aud: AUDIENCE },
        }) as never,
      ),
      credentials: setting.plainBearers,
    }),
  },
}
