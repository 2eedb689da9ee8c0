// The attacker's machine, as a process of its own. It holds only what left the browser (or what the attack says was copied), runs the
// attacker's sites, and tries what it holds against the real server. What it holds never goes back to the runner: only answers do.
import { createServer, request as httpsRequest } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { APP } from './hosts.ts'
import { findStoredToken, readCookieFile } from './cookie-file.ts'
import { prove } from './own-proof.ts'
import type { Answer, Ask, Orders, Published, Start } from './thief-orders.ts'

const pages = new Map<string, Published>()
const loot = new Map<string, string>()
let jar = new Map<string, string>()
let reports = 0
const waiting: (() => void)[] = []
let trust: { readonly authority: string; readonly port: number } | undefined

/** `{"loot":{"token":"…"}}` by POST, or in the address when the page's policy left no other way out. */
function take(body: string): void {
  const sent = Object(JSON.parse(body)) as { loot?: Record<string, unknown> }
  for (const [kind, value] of Object.entries(sent.loot ?? {})) if (typeof value === 'string') loot.set(kind, value)
  reports++
  for (const resolve of waiting.splice(0)) resolve()
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `https://${request.headers.host}`)
  if (url.pathname === '/loot' || url.pathname === '/nothing') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    take(url.searchParams.get('d') ?? Buffer.concat(chunks).toString())
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>thanks</title>')
    return
  }
  const page = pages.get(url.origin + url.pathname)
  if (page === undefined) {
    response.writeHead(404).end()
    return
  }
  const headers = Object.entries(page.headers ?? {}).map(([name, value]) => [name, fill(value)])
  response.writeHead(200, { 'content-type': 'text/html', ...Object.fromEntries(headers) }).end(fill(page.body))
}

/** Fills `«token»` with the loot of that name, and `«jar:name»` with a cookie of the attacker's own jar. */
const fill = (text: string): string =>
  text.replace(/«(jar:)?([\w.-]+)»/g, (_, own: string | undefined, kind: string) => {
    const value = own === undefined ? loot.get(kind) : jar.get(kind)
    if (value === undefined) throw new Error(`nothing of that kind was stolen: ${kind}`)
    return value
  })

/** The nonce that the server gave last (RFC 9449 §8). */
let nonce: string | undefined

/** Asks, and where the proof is to carry another nonce, once more. */
async function ask(what: Ask): Promise<Answer> {
  const given = nonce
  const answer = await askOnce(what)
  return what.prove !== undefined && answer.status === 401 && nonce !== given ? askOnce(what) : answer
}

function proofFor({ method = 'GET', path, headers = {}, prove: how }: Ask): Record<string, string> {
  const stolen = how === 'stolen' ? loot.get('key') : undefined
  const token = /^DPoP (.+)$/.exec(fill(headers['authorization'] ?? ''))?.[1]
  return how === undefined ? {} : { dpop: prove({ method, url: APP + path, token, nonce }, stolen) }
}

function askOnce(what: Ask): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = what
  if (trust === undefined) throw new Error('not started')
  const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
  const { hostname } = new URL(APP)
  const options = {
    host: '127.0.0.1',
    port: trust.port,
    servername: hostname,
    ca: trust.authority,
    agent: false,
    method,
    path,
    headers: {
      host: hostname,
      'user-agent': 'outside',
      ...(cookies && { cookie: cookies }),
      ...filled,
      ...proofFor(what),
    },
  } as const
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        nonce = response.headers['dpop-nonce']?.toString() ?? nonce
        for (const line of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? []
          if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
          else jar.set(name, value)
        }
        const text = Buffer.concat(chunks).toString()
        const token = /"accessToken":"([^"]+)"/.exec(text)?.[1]
        if (token !== undefined) loot.set('token', token)
        resolve({ status: response.statusCode ?? 0, body: text.replace(/"accessToken":"[^"]+"/, '"accessToken":"…"') })
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : fill(body))
  })
}

async function waitForReport(milliseconds: number): Promise<void> {
  if (reports > 0) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    waiting.push(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

const orders: Orders = {
  start: ({ certificates, port }: Start) =>
    new Promise((resolve) => {
      trust = { authority: certificates.authority, port }
      const server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => {
        serve(request, response).catch(() => response.destroy())
      })
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    }),
  forget() {
    pages.clear()
    loot.clear()
    jar = new Map()
    reports = 0
    nonce = undefined
    waiting.splice(0)
  },
  publish(page) {
    pages.set(page.address, page)
  },
  async report(milliseconds) {
    await waitForReport(milliseconds)
    const ran = reports > 0
    reports = 0
    const error = loot.get('error')
    return { ran, kinds: [...loot.keys()], ...(error !== undefined && { error }) }
  },
  copy({ kind, value }) {
    loot.set(kind, value)
  },
  cookie({ name, kind }) {
    jar.set(name, fill(`«${kind}»`))
  },
  cookieFile({ file, host }) {
    const found = readCookieFile(file, host)
    for (const [name, value] of found) jar.set(name, value)
    return [...found.keys()]
  },
  storage(profile) {
    const token = findStoredToken(profile)
    if (token !== undefined) loot.set('token', token)
    return token !== undefined
  },
  ask,
}

process.on('message', ({ id, order, input }: { id: number; order: keyof Orders; input: never }) => {
  const answer = async (): Promise<void> => {
    try {
      process.send?.({ id, result: await orders[order](input) })
    } catch (error) {
      process.send?.({ id, error: String(error) })
    }
  }
  void answer()
})
process.on('disconnect', () => process.exit())
