// The site under attack, on TLS: one server for `app.test`, answering with whichever target stands behind it at the moment.
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { Certificates } from './certificates.ts'

export interface Front {
  readonly port: number
  /** Puts a target behind the name. */
  show(listener: RequestListener): void
  close(): void
}

export async function openFront({ certificate, key }: Certificates): Promise<Front> {
  let shown: RequestListener = (_, response) => response.writeHead(503).end()
  const server = createServer({ cert: certificate, key }, (request, response) => shown(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    port: address.port,
    show: (listener) => (shown = listener),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
