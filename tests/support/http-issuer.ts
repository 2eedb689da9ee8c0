// An issuer on a real socket: publishes the public keys and sign-outs a test gives it, counts who asks, and misbehaves on demand.
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportPublicJwk, generateKeyPair, sign, type Algorithm, type Key } from '@hallpass/token'
import { waitFor } from './wait-for.ts'

type Misbehave = (request: IncomingMessage, response: ServerResponse) => void

export interface HttpIssuer {
  readonly issuer: string
  /** Milliseconds; a test moves it. */
  clock: { at: number; readonly now: () => number }
  /** Makes a key, and publishes it unless told not to. */
  addKey(algorithm?: Algorithm, published?: boolean): Promise<{ readonly kid: string }>
  removeKey(kid: string): void
  /** Adds a member to every published key, or one whole key: what must never be published. */
  readonly extraKeys: Record<string, unknown>[]
  /** Puts a session on the list, until when in seconds; any kind of value, as a broken issuer might. */
  readonly ended: { sid: unknown; until: unknown }[]
  /** Mints an access token; the newest key signs unless `kid` names another, and `claims` win. */
  mint(options?: {
    readonly kid?: string
    readonly sid?: string
    readonly audience?: string | readonly string[]
    readonly type?: string
    readonly claims?: Readonly<Record<string, unknown>>
  }): Promise<string>
  /** What the list calls the key set, when it does. */
  keysTag: (() => string) | undefined
  /** Answered instead of the document, until set back to undefined. */
  misbehave: { jwks?: Misbehave | undefined; revocations?: Misbehave | undefined }
  /** What was asked for, and with what status it was answered. */
  readonly asked: { readonly path: string; readonly status: () => number }[]
  count(path: 'jwks' | 'revocations', status?: number): number
  /** Waits until the list has been asked for once more from now on, and answered. */
  polled(): Promise<void>
  close(): Promise<void>
}

export const AUDIENCE = 'https://api.example.com'

export async function startHttpIssuer(): Promise<HttpIssuer> {
  const signers = new Map<string, Key>()
  const published = new Map<string, Record<string, unknown>>()
  const clock = { at: Date.now(), now: () => clock.at }

  const document = (path: string): unknown =>
    path === '/api/auth/jwks'
      ? { keys: [...published.values(), ...it.extraKeys] }
      : path === '/api/auth/revocations'
        ? { revocations: it.ended, ...(it.keysTag && { keys: it.keysTag() }) }
        : undefined

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? ''
    // What it cannot do: whoever asks for a stream goes on polling.
    if (request.headers.accept === 'text/event-stream') {
      response.writeHead(406).end()
      return
    }
    it.asked.push({ path, status: () => response.statusCode })
    const misbehave = it.misbehave[path.slice('/api/auth/'.length) as keyof HttpIssuer['misbehave']]
    if (misbehave !== undefined) {
      misbehave(request, response)
      return
    }
    const found = document(path)
    if (found === undefined) {
      response.writeHead(404).end()
      return
    }
    const body = JSON.stringify(found)
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
    const headers = { etag, 'content-type': 'application/json' }
    if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end()
    else response.writeHead(200, headers).end(body)
  }

  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')
  const issuer = `http://127.0.0.1:${bound.port}`

  const it: HttpIssuer = {
    issuer,
    clock,
    extraKeys: [],
    ended: [],
    keysTag: undefined,
    misbehave: {},
    asked: [],
    async addKey(algorithm = 'ES256', publish = true) {
      const { privateKey, publicKey } = await generateKeyPair(algorithm)
      const { kid } = publicKey
      if (kid === undefined) throw new Error('a generated key has a name')
      signers.set(kid, privateKey)
      if (publish) published.set(kid, { ...(await exportPublicJwk(publicKey)) })
      return { kid }
    },
    removeKey: (kid) => void published.delete(kid),
    async mint({
      kid = [...signers.keys()].at(-1),
      sid = 'session-1',
      audience = AUDIENCE,
      type = 'at+jwt',
      claims = {},
    } = {}) {
      const key = signers.get(kid ?? '')
      if (key === undefined) throw new Error('the issuer has no such key')
      const iat = Math.floor(clock.at / 1000)
      const own = { iss: issuer, aud: audience, sub: 'user-1', sid, jti: randomUUID(), iat, exp: iat + 900 }
      return sign({ ...own, auth_time: iat, amr: ['pwd'], ...claims }, key, { type })
    },
    count: (path, status) =>
      it.asked.filter((one) => one.path === `/api/auth/${path}` && (status === undefined || one.status() === status))
        .length,
    async polled() {
      const before = it.count('revocations')
      await waitFor(() => it.count('revocations') > before + 1)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return it
}
