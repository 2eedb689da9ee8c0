// What lies between a browser and a server, and everything that goes wrong there. It counts what arrives: a test believes the
// server's side of the wire, never the client's word.
import { once } from 'node:events'
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'

export type Fault =
  /** Milliseconds, or what is waited for, before the request goes on to the server. */
  | { readonly late: number | Promise<unknown> }
  /** Milliseconds, or what is waited for, before the answer goes back: the server has acted already. */
  | { readonly slow: number | Promise<unknown> }
  /** The server acts; the answer never leaves. `after`: its headers do, its body does not. */
  | { readonly cut: 'before headers' | 'after headers' }
  /** An answer in the server's place. */
  | {
      readonly status: number
      readonly late?: number | Promise<unknown>
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** No answer at all. */
  | 'hang'
  /** The connection is refused before the server hears of anything. */
  | 'refuse'

/** A request as it arrived. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** The status that went back; undefined as long as none did. */
  status: number | undefined
}

export interface FaultProxy {
  readonly origin: string
  readonly arrivals: readonly Arrival[]
  /** How many requests arrived for `path`, of any method but OPTIONS. */
  count(path: string): number
  /** Forgets what arrived so far. */
  forget(): void
  /** Lets the next `times` requests for `path` go wrong; returns the way to mend it. */
  break(path: string, fault: Fault, times?: number): () => void
  /** Mends everything. */
  mend(): void
  close(): Promise<void>
}

/**
 * @param upstream the address that a request goes on to, or what answers it here
 * @param options `tls`: a key and a certificate, for https
 */
export async function startFaultProxy(
  upstream: (path: string) => string | RequestListener,
  options: { readonly host?: string; readonly tls?: { readonly key: string; readonly cert: string } | undefined } = {},
): Promise<FaultProxy> {
  const arrivals: Arrival[] = []
  const faults: { readonly path: string; readonly fault: Fault; times: number }[] = []
  const closing = new AbortController()

  const take = (path: string): Fault | undefined => {
    const found = faults.find((one) => one.path === path && one.times > 0)
    if (found) found.times -= 1
    return found?.fault
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const method = request.method ?? 'GET'
    const arrival: Arrival = { method, path, headers: request.headers, status: undefined }
    if (method !== 'OPTIONS') arrivals.push(arrival)
    response.on('finish', () => (arrival.status = response.statusCode))
    const fault = method === 'OPTIONS' ? undefined : take(path)

    if (fault === 'refuse') return void request.socket.destroy()
    if (fault === 'hang') return
    if (fault && 'late' in fault) {
      const { late } = fault
      await (typeof late === 'number' ? wait(late, undefined, { signal: closing.signal }) : late)
    }
    if (fault && 'status' in fault) {
      response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers })
      return void response.end(fault.body ?? '')
    }

    const target = upstream(path)
    if (typeof target !== 'string') return target(request, response)
    await forward(request, response, target, fault, closing.signal)
  }

  const listener: RequestListener = (request, response) => {
    handle(request, response).catch(() => response.destroy())
  }
  const server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener)
  server.listen(0, options.host ?? 'localhost')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')

  return {
    origin: `http${options.tls ? 's' : ''}://${options.host ?? 'localhost'}:${bound.port}`,
    arrivals,
    count: (path) => arrivals.filter((arrival) => arrival.path === path).length,
    forget: () => void arrivals.splice(0),
    break(path, fault, times = Infinity) {
      const entry = { path, fault, times }
      faults.push(entry)
      return () => (entry.times = 0)
    },
    mend: () => void faults.splice(0),
    async close() {
      closing.abort()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

let addresses = 0

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  fault: Fault | undefined,
  signal: AbortSignal,
): Promise<void> {
  // Everybody comes from an address of their own: these tests are not about throttling.
  addresses += 1
  const from = `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`
  const headers = { ...request.headers, 'x-forwarded-for': from, connection: 'close' }
  const onward = ask(target + (request.url ?? '/'), { method: request.method, headers, agent: false })
  // Also after it has begun to answer: the browser may be gone, or the test over.
  onward.on('error', () => response.destroy())
  request.pipe(onward)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)

  if (fault && typeof fault === 'object') {
    if ('slow' in fault) {
      const { slow } = fault
      await (typeof slow === 'number' ? wait(slow, undefined, { signal }) : slow)
    }
    if ('cut' in fault && fault.cut === 'before headers') return void response.destroy()
  }
  const { connection: _, 'transfer-encoding': __, ...kept } = answer.headers
  const body = Buffer.concat(chunks)
  response.writeHead(answer.statusCode ?? 502, { ...kept, ...(body.length > 0 && { 'content-length': body.length }) })
  if (fault && typeof fault === 'object' && 'cut' in fault) {
    response.flushHeaders()
    await wait(50)
    return void response.destroy()
  }
  response.end(body)
}
