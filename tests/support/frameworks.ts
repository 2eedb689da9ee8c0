// One small application in each of the four frameworks, on a real socket: it sets cookies of its own, may read bodies first, has a
// guarded route, and a Hallpass server mounted when one is given. The same scenarios run through all of them.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { Guard } from '@hallpass/guard'
import { bearer as expressBearer } from '@hallpass/guard/express'
import { bearer as fastifyBearer } from '@hallpass/guard/fastify'
import { bearer as honoBearer } from '@hallpass/guard/hono'
import { bearer as nodeBearer } from '@hallpass/guard/node'
import type { Hallpass } from '@hallpass/server'
import { mount as mountExpress } from '@hallpass/server/express'
import { mount as mountFastify } from '@hallpass/server/fastify'
import { mount as mountHono } from '@hallpass/server/hono'
import { mount as mountNode } from '@hallpass/server/node'

export interface AppOptions {
  readonly guard: Pick<Guard, 'check'>
  /** Mounted under `{prefix}/api/auth`. */
  readonly auth?: Pick<Hallpass, 'fetch'>
  /** What the whole application is mounted under, like `/tenant`. */
  readonly prefix?: string
  /** Whether something reads the body before the guard and the server see the request. */
  readonly bodyFirst?: boolean
  /** How many proxies the application trusts, in the framework's own way. */
  readonly trustedProxies?: number
}

export interface App {
  readonly address: string
  /** What the application's own error handling was given. */
  readonly errors: readonly unknown[]
  /** How often the guarded handler ran. */
  handled(): number
  /** Stops as a program should: nothing new is let in, what is under way is answered. Resolves when all connections are closed. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** What the application itself puts on every answer, before anything of ours runs. */
export const APP_COOKIES = ['app=1; Path=/', 'theme=dark; Path=/']
export const APP_VARY = 'Accept-Language'

export const frameworks: Readonly<Record<string, (options: AppOptions) => Promise<App>>> = {
  async express({ guard, auth, prefix = '/', bodyFirst, trustedProxies = 0 }) {
    const [errors, state] = [[] as unknown[], { handled: 0 }]
    const app = express()
    app.set('trust proxy', trustedProxies)
    app.use((_request, response, next) => {
      response.setHeader('Set-Cookie', APP_COOKIES)
      response.vary(APP_VARY)
      next()
    })
    const router = express.Router()
    if (bodyFirst) router.use(express.json(), express.urlencoded({ extended: false }))
    if (auth !== undefined) router.use('/api/auth', mountExpress(auth))
    router.all('/api/profile', expressBearer(guard), express.json(), (request, response) => {
      state.handled++
      const { subject, sessionId } = request.auth
      response.json({ subject, sessionId })
    })
    app.use(prefix, router)
    app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      errors.push(error)
      const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
      response.status(status).end()
    })
    return listening(createServer(app), errors, state)
  },

  async fastify({ guard, auth, prefix = '', bodyFirst, trustedProxies = 0 }) {
    const [errors, state] = [[] as unknown[], { handled: 0 }]
    let server: Server | undefined
    const app = fastify({
      // Fastify wants to be told which ones.
      trustProxy: trustedProxies === 0 ? false : '127.0.0.1',
      serverFactory: (handler) => (server = createServer(handler)),
    })
    app.addHook('onRequest', async (_request, reply) => {
      for (const cookie of APP_COOKIES) reply.header('set-cookie', cookie)
      reply.header('vary', APP_VARY)
    })
    if (bodyFirst) {
      // A parser of the application's own for everything: it must not be asked about what is ours.
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, { text: body }))
    }
    app.setErrorHandler((error, _request, reply) => {
      errors.push(error)
      const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
      return reply.code(status).send()
    })
    await app.register(
      async (scope) => {
        if (auth !== undefined) await scope.register(mountFastify(auth), { prefix: '/api/auth' })
        const hook = bodyFirst ? { preHandler: fastifyBearer(guard) } : { onRequest: fastifyBearer(guard) }
        scope.route({
          method: ['GET', 'POST'],
          url: '/api/profile',
          ...hook,
          handler: (request) => {
            state.handled++
            const { subject, sessionId } = request.auth
            return { subject, sessionId }
          },
        })
      },
      { prefix },
    )
    await app.ready()
    if (server === undefined) throw new Error('Fastify makes its server when it is made')
    return listening(server, errors, state)
  },

  async hono({ guard, auth, prefix = '/', bodyFirst, trustedProxies = 0 }) {
    const [errors, state] = [[] as unknown[], { handled: 0 }]
    const inner = new Hono()
    inner.use(async (c, next) => {
      for (const cookie of APP_COOKIES) c.header('Set-Cookie', cookie, { append: true })
      c.header('Vary', APP_VARY)
      if (bodyFirst && c.req.method === 'POST') await c.req.text()
      await next()
    })
    if (auth !== undefined) inner.all('/api/auth/*', mountHono(auth, { trustedProxies }))
    inner.on(['GET', 'POST'], '/api/profile', honoBearer(guard), (c) => {
      state.handled++
      const { subject, sessionId } = c.get('auth')
      return c.json({ subject, sessionId })
    })
    const app = new Hono().route(prefix, inner)
    app.onError((error, c) => {
      errors.push(error)
      return c.body(null, 500)
    })
    return listening(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server, errors, state)
  },

  async node({ guard, auth, prefix = '', bodyFirst, trustedProxies = 0 }) {
    const [errors, state] = [[] as unknown[], { handled: 0 }]
    const answerAuth = auth === undefined ? undefined : mountNode(auth, { trustedProxies })
    const profile = nodeBearer(guard, (request, response) => {
      state.handled++
      const { subject, sessionId } = request.auth
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ subject, sessionId }))
    })
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      response.setHeader('Set-Cookie', APP_COOKIES)
      response.setHeader('Vary', APP_VARY)
      if (bodyFirst) Object.assign(request, { rawBody: await readAll(request) })
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      if (path.startsWith(`${prefix}/api/auth/`) && answerAuth !== undefined) await answerAuth(request, response)
      else if (path === `${prefix}/api/profile`) await profile(request, response)
      else response.writeHead(404).end()
    }
    const server = createServer((request, response) => {
      answer(request, response).catch((error: unknown) => {
        errors.push(error)
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
    })
    return listening(server, errors, state)
  },
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function listening(
  server: Server,
  errors: readonly unknown[],
  state: { readonly handled: number },
): Promise<App> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')
  return {
    address: `http://127.0.0.1:${bound.port}`,
    errors,
    handled: () => state.handled,
    async stop() {
      server.close()
      await once(server, 'close')
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
