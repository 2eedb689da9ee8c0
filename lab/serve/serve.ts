// `npm run lab -- --serve`: the same targets and attacks on pages that a person clicks through. One server on loopback that answers by
// host name; browsers know by themselves that *.localhost is this machine.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attacks } from '../attacks/index.ts'
import { readResults } from '../report/results.ts'
import { bundle } from '../targets/target.ts'
import { targets } from '../targets/index.ts'
import { consoleDocument, consoleStyle, startDocument } from './console-page.ts'
import { openStage, type Stage } from './stage.ts'

const PORT = Number(process.env['LAB_PORT'] ?? 4700)

/** Serves until the process is told to stop. */
export async function serve(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-lab-serve-'))
  const stages = new Map<string, Stage>()
  const playable = targets.filter(({ missing }) => missing === undefined)
  await Promise.all(playable.map(async (target) => stages.set(target.name, await openStage(target, PORT, directory))))
  const script = await bundle('../serve/console.ts')
  const cells = readResults()?.cells ?? []

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const host = (request.headers.host ?? '').replace(/:\d+$/, '')
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body)
    }
    const stage = stages.get(host.replace(/^(lab\.|blog\.)?([\w-]+)\.localhost$/, '$2'))

    if (host === 'localhost' || host === '127.0.0.1') return send(200, 'text/html', startDocument(playable, PORT))
    if (host === 'evil.localhost') {
      const [, name = '', page] = url.pathname.split('/')
      const victim = stages.get(name)
      if (page === 'loot' || page === 'nothing') {
        const text = url.searchParams.get('d') ?? (await read(request))
        const { loot } = Object(JSON.parse(text)) as { loot?: Record<string, unknown> }
        victim?.take(loot ?? {})
        return send(
          200,
          'text/html',
          '<!doctype html><title>thanks</title><p>You have left the page. What was found went along.</p>',
        )
      }
      return send(
        200,
        'text/html',
        victim?.lurePage('evil') ?? '<!doctype html><p>No attack with a page of its own is chosen.</p>',
      )
    }
    if (stage === undefined) return send(404, 'text/plain', 'there is no such host in the lab')
    if (host.startsWith('blog.'))
      return send(200, 'text/html', stage.lurePage('sibling') ?? '<!doctype html><p>A blog. No attack is chosen.</p>')
    if (!host.startsWith('lab.')) return stage.listener(request, response)

    if (request.method === 'POST') {
      // The desk itself is not for other sites: a page elsewhere in this browser must not play with it.
      if (request.headers['sec-fetch-site'] !== 'same-origin') return send(403, 'text/plain', 'from this page only')
      await act(stage, url)
      return send(200, 'application/json', '{}')
    }
    if (url.pathname === '/state')
      return send(
        200,
        'application/json',
        JSON.stringify({ ...stage.state(), cells: cells.filter(({ target }) => target === stage.target.name) }),
      )
    if (url.pathname === '/console.js') return send(200, 'text/javascript', script)
    if (url.pathname === '/console.css') return send(200, 'text/css', consoleStyle)
    send(200, 'text/html', consoleDocument(stage.target, playable, PORT))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(PORT, '127.0.0.1')
  await once(server, 'listening')
  process.stderr.write(`the lab is open: http://localhost:${PORT} (this machine only; it is broken on purpose)\n`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  server.close()
  server.closeAllConnections()
  for (const stage of stages.values()) await stage.close()
  rmSync(directory, { recursive: true, force: true })
}

async function act(stage: Stage, { pathname, searchParams }: URL): Promise<void> {
  if (pathname === '/arm') await stage.arm(attacks.find(({ name }) => name === searchParams.get('attack')))
  else if (pathname === '/copy') stage.copyFromWire()
  else if (pathname === '/use') await stage.use(searchParams.get('what') === 'refresh' ? 'refresh' : 'token')
  else if (pathname === '/later') stage.later(16)
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
