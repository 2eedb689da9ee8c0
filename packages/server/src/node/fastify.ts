// Fastify: `app.register(mount(auth), { prefix: '/api/auth' })`. Its own scope, so that no parser of the application touches a body;
// the answer goes through `reply`, so that the application's hooks and headers stay.
import { Readable } from 'node:stream'
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { plainAddress } from './client-address.ts'
import { isLeaving } from './leaving.ts'
import type { Mountable } from './mountable.ts'
import { toWebRequest } from './web-request.ts'

/**
 * Mounts a server in a Fastify application, under the prefix it is registered with. The client's address is `request.ip`, so the
 * application's own `trustProxy` setting decides which proxy is believed.
 */
export function mount(auth: Mountable): FastifyPluginCallback {
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const address = plainAddress(request.ip)
    const from = address === undefined ? {} : { address }
    const response = await auth.fetch(toWebRequest(request.raw, reply.raw), from)
    reply.code(response.status)
    // `reply` adds a Set-Cookie to those that are there, and replaces everything else.
    for (const [name, value] of response.headers) {
      const before = name === 'vary' ? reply.getHeader(name) : undefined
      reply.header(name, before === undefined ? value : `${String(before)}, ${value}`)
    }
    if (isLeaving(request.raw)) reply.header('connection', 'close')
    // Fastify sends the head with the first piece of a stream; an event source wants to know at once that it is connected.
    reply.raw.once('pipe', () => reply.raw.flushHeaders())
    return reply.send(await payload(response))
  }

  return (app, _, done) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    for (const url of ['/', '/*']) app.route({ method: app.supportedMethods, url, handler })
    done()
  }
}

async function payload(response: Response): Promise<Readable | Buffer | undefined> {
  if (response.body === null) return undefined
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return readable(response.body)
  return Buffer.from(await response.arrayBuffer())
}

/** Not Readable.from: that waits for the next event before it lets the source know that the client has left. */
function readable(body: ReadableStream<Uint8Array>): Readable {
  const reader = body.getReader()
  const pull = async (stream: Readable) => {
    try {
      const next = await reader.read()
      stream.push(next.done ? null : next.value)
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error('the source of events broke', { cause: error }))
    }
  }
  const leave = async () => {
    await reader.cancel().catch(() => undefined)
  }
  return new Readable({
    read() {
      void pull(this)
    },
    destroy(error, done) {
      void leave()
      done(error)
    },
  })
}
