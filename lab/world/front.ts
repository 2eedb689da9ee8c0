// The site under attack, on TLS: one server for `app.test`, answering with whichever target stands behind it at the moment.
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { Certificates } from './certificates.ts'

export interface Front {
  readonly port: number
  /** Puts a target behind the name. */
  show(listener: RequestListener): void
  /** The status of the next answer to that method and path; rejects when none is asked for in 15 seconds. */
  arrival(method: string, path: string): Promise<number>
  /** What an access log that keeps headers has written since a target was put behind the name. */
  readonly log: readonly LogLine[]
  close(): void
}

export interface LogLine {
  readonly path: string
  readonly cookie: string
  readonly authorization: string
  readonly dpop: string
}

export async function openFront({ certificate, key }: Certificates): Promise<Front> {
  let shown: RequestListener = (_, response) => response.writeHead(503).end()
  const log: LogLine[] = []
  const expected = new Set<(method: string, path: string, status: number) => void>()
  const server = createServer({ cert: certificate, key }, (request, response) => {
    // Noted now: frameworks write another address into the request while they route it.
    const { method = '', url = '' } = request
    const { cookie = '', authorization = '', dpop = '' } = request.headers
    log.push({ path: url, cookie, authorization, dpop: String(dpop) })
    response.once('finish', () => {
      for (const hear of expected) hear(method, url, response.statusCode)
    })
    shown(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    port: address.port,
    show(listener) {
      shown = listener
      log.splice(0)
    },
    log,
    arrival: (method, path) =>
      new Promise((resolve, reject) => {
        const hear = (...[usedMethod, url, status]: [string, string, number]): void => {
          if (usedMethod !== method || url !== path) return
          end()
          resolve(status)
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`${method} ${path} was not asked for`))
        }, 15_000)
        const end = (): void => {
          clearTimeout(timer)
          expected.delete(hear)
        }
        expected.add(hear)
      }),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
