// A whole server on a real socket and a real database file, with a clock that a test can move. One for each test file.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSecret, hallpass, type Hallpass, type HallpassEvent, type HallpassOptions } from '@hallpass/server'
import { mount } from '@hallpass/server/node'
import { exchange, type Answer, type Question } from './http-exchange.ts'

export interface RealServer {
  readonly auth: Hallpass
  /** Where it listens, as the issuer says unless the options say otherwise. */
  readonly address: string
  readonly issuer: string
  readonly databaseFile: string
  readonly secret: string
  /** What the server told, oldest first. */
  readonly events: readonly HallpassEvent[]
  /** Sends a request to an endpoint, `login`, or to a whole path, `/api/auth/login`. */
  ask(method: string, path: string, question?: Question): Promise<Answer>
  /** Moves the server's clock. */
  advance(milliseconds: number): void
  now(): number
  /** Stops it; a second time is nothing. */
  close(): Promise<void>
}

/** Starts a server; `trustedProxies` as in the node door. */
export async function startRealServer(
  options: Partial<HallpassOptions> & { readonly trustedProxies?: number } = {},
): Promise<RealServer> {
  const { trustedProxies = 0, ...given } = options
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-server-'))
  const databaseFile = join(directory, 'hallpass.db')
  const events: HallpassEvent[] = []
  let moved = 0
  const now = () => Date.now() + moved

  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const bound = http.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')
  const address = `http://127.0.0.1:${bound.port}`
  const issuer = given.issuer ?? `http://localhost:${bound.port}`

  const secret = generateSecret()
  const auth = await hallpass({
    secret,
    database: databaseFile,
    onEvent: (event) => events.push(event),
    now,
    ...given,
    issuer,
  })
  const listener = mount(auth, { trustedProxies })
  const broken: unknown[] = []
  http.on('request', (request, response) => {
    listener(request, response).catch((error: unknown) => {
      broken.push(error)
      response.destroy()
    })
  })

  return {
    auth,
    address,
    issuer,
    databaseFile,
    secret,
    events,
    ask: (method, path, question = {}) =>
      exchange(address, method, path.startsWith('/') ? path : `/api/auth/${path}`, question),
    advance: (milliseconds) => (moved += milliseconds),
    now,
    async close() {
      http.close()
      http.closeAllConnections()
      await auth.close()
      rmSync(directory, { recursive: true, force: true })
      if (broken.length > 0) throw new AggregateError(broken, 'a request was answered with an exception')
    },
  }
}
