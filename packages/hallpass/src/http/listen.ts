// The sockets: from node:http to a fetch function, and the way to stop that loses no answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isLoopback } from '@hallpass/server'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Mistake } from '../mistake.ts'
import { applyHeaders, badRequest } from './security-headers.ts'

/** Answers a request; what node:http knows of it beside, like who holds the other end of the socket, comes along. */
export type Fetch = (request: Request, bindings: HttpBindings) => Response | Promise<Response>

export interface Listening {
  /** Stops taking requests and waits for those that are being answered, for so many milliseconds at most. */
  stop(patience: number): Promise<void>
}

export interface ListenOptions {
  readonly port: number
  readonly host: string | undefined
  readonly issuer: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: Fetch
}

const SERVER = {
  /** Milliseconds a client may take to send its request: slow ones must not hold sockets for ever. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  // A missing Host is refused by the adapter, with our headers; node:http's own refusal has none.
  requireHostHeader: false,
} as const

/**
 * Listens and resolves when every address does.
 *
 * @throws Mistake when the port or the address cannot be had
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { port, headers } = options
  let stopping = false
  // Only this program runs here, so the faster Request and Response of the adapter may stand in for the global ones.
  const answer = getRequestListener((request, env) => options.fetch(request, env as HttpBindings), {
    overrideGlobalObjects: true,
  })
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    applyHeaders(outgoing, headers)
    // A kept-alive connection would bring the next request to a server that is leaving.
    if (stopping) outgoing.setHeader('connection', 'close')
    void answer(incoming, outgoing)
  }

  const servers: Server[] = []
  const close = (server: Server) => new Promise<void>((done) => server.close(() => done()))
  for (const { host, optional } of addresses(options)) {
    const server = createServer(SERVER, onRequest)
    server.on('checkExpectation', (_: IncomingMessage, outgoing: ServerResponse) => {
      applyHeaders(outgoing, headers)
      outgoing.writeHead(417).end()
    })
    server.on('clientError', (_, socket) => {
      if (socket.writable) socket.end(badRequest(headers))
      else socket.destroy()
    })
    try {
      await listening(server, port, host)
      servers.push(server)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (optional && code !== 'EADDRINUSE') continue
      await Promise.all(servers.map(close))
      throw asMistake(error, code, port, host)
    }
  }

  return {
    async stop(patience) {
      stopping = true
      // Idle connections are closed by close() itself; the others when their answer is out, or when patience ends.
      const impatient = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), patience)
      await Promise.all(servers.map(close))
      clearTimeout(impatient)
    },
  }
}

/**
 * A loopback issuer is this machine's own business: both loopback addresses, because `localhost` may mean either, and a stranger
 * on the other one would get our visitors. IPv6 may be switched off; then one will do.
 */
function addresses({ host, issuer }: ListenOptions): readonly { host: string | undefined; optional: boolean }[] {
  if (host !== undefined || !isLoopback(new URL(issuer).hostname)) return [{ host, optional: false }]
  return [
    { host: '127.0.0.1', optional: false },
    { host: '::1', optional: true },
  ]
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function asMistake(error: unknown, code: unknown, port: number, host: string | undefined): unknown {
  if (code === 'EADDRINUSE')
    return new Mistake(`port ${port} is taken by another program; stop that one, or choose another port with --port`, 1)
  if (code === 'EACCES') return new Mistake(`this user may not listen on port ${port}; choose one above 1023`, 1)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Mistake(`HOST ${JSON.stringify(host)} is no address of this machine`, 1)
  return error
}
