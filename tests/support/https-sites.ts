// Several https sites on one port for a browser: the auth server on app.test, and pages of nobody's on every other *.test host, such
// as its sibling sub.app.test and the stranger evil.test. What arrives at the auth endpoints is written down.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSecret, hallpass, type Hallpass, type HallpassOptions } from '@hallpass/server'
import { mount } from '@hallpass/server/node'
import { selfSigned } from './self-signed.ts'

export interface Arrived {
  readonly method: string
  readonly path: string
  readonly site: string | undefined
  readonly mode: string | undefined
  readonly origin: string | undefined
  readonly cookie: string | undefined
  status: number
}

export interface HttpsSites {
  readonly auth: Hallpass
  readonly databaseFile: string
  /** What came to the auth endpoints of app.test, in order. */
  readonly arrived: readonly Arrived[]
  /** `https://sub.app.test:41234`. */
  origin(host: string): string
  close(): Promise<void>
}

/** Chromium finds these hosts here, and takes the certificate as it is. */
export const chromiumArguments: readonly string[] = ['--host-resolver-rules=MAP *.test 127.0.0.1']

/** A page of any host may ask its own server for a Set-Cookie: `/set?line=…`, once for each. */
export async function startHttpsSites(options: Partial<HallpassOptions> = {}): Promise<HttpsSites> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-sites-'))
  const databaseFile = join(directory, 'hallpass.db')
  const arrived: Arrived[] = []
  const server = createServer(selfSigned(['app.test', '*.app.test', 'evil.test']))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')
  const origin = (host: string) => `https://${host}:${bound.port}`

  const auth = await hallpass({
    issuer: origin('app.test'),
    secret: generateSecret(),
    database: databaseFile,
    ...options,
  })
  const listener = mount(auth)

  const page = (request: IncomingMessage, response: ServerResponse) => {
    const { searchParams } = new URL(request.url ?? '/', 'https://x.test')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const lines = searchParams.getAll('line')
    if (lines.length > 0) response.setHeader('set-cookie', lines)
    // What this host was sent, for the page to look at: the jar as the server sees it.
    response.end(`<!doctype html><title>${request.headers.host}</title><pre>${request.headers.cookie ?? ''}</pre>`)
  }

  server.on('request', (request, response) => {
    const host = request.headers.host?.split(':', 1)[0]
    if (host !== 'app.test' || !request.url?.startsWith('/api/auth/')) {
      page(request, response)
      return
    }
    const { headers } = request
    const text = (name: string) => (Array.isArray(headers[name]) ? headers[name].join(', ') : headers[name])
    const entry: Arrived = {
      method: request.method ?? '',
      path: request.url,
      site: text('sec-fetch-site'),
      mode: text('sec-fetch-mode'),
      origin: text('origin'),
      cookie: headers.cookie,
      status: 0,
    }
    arrived.push(entry)
    listener(request, response)
      .then(() => (entry.status = response.statusCode))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })

  return {
    auth,
    databaseFile,
    arrived,
    origin,
    async close() {
      server.close()
      server.closeAllConnections()
      await auth.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
