// Services with a remote guard against the real server: what it costs the server, counted there, and that every way a session or a key
// ends is felt by a service that was never told.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { guard, type Guard } from '@hallpass/guard'
import { generateSecret, hallpass, type Hallpass, type HallpassOptions } from '@hallpass/server'
import { mount } from '@hallpass/server/node'
import { check } from '../support/checked.ts'
import { cookiePairs, exchange, type Answer } from '../support/http-exchange.ts'
import { newEmail, PASSWORD } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'

const IMAGES = 'https://images.example.com'

const toClose: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close()
})

interface Issuer {
  readonly auth: Hallpass
  readonly issuer: string
  /** One clock for the server and its services, in milliseconds. */
  readonly now: () => number
  advance(milliseconds: number): void
  /** Paths asked for, by anybody. */
  readonly asked: readonly string[]
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>, json?: unknown): Promise<Answer>
}

async function startIssuer(options: Partial<HallpassOptions> = {}): Promise<Issuer> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-issuer-'))
  const asked: string[] = []
  let moved = 0
  const now = () => Date.now() + moved
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as { port: number }
  const issuer = `http://127.0.0.1:${port}`
  const database = join(directory, 'hallpass.db')
  const auth = await hallpass({ issuer, secret: generateSecret(), database, audience: IMAGES, now, ...options })
  const listener = mount(auth)
  http.on('request', (request, response) => {
    asked.push(request.url ?? '')
    void listener(request, response)
  })
  toClose.push(async () => {
    http.close()
    http.closeAllConnections()
    await auth.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    auth,
    issuer,
    asked,
    now,
    advance: (milliseconds) => void (moved += milliseconds),
    ask: (method, path, headers = {}, json) =>
      exchange(issuer, method, `/api/auth/${path}`, {
        headers: Object.entries(headers),
        ...(json !== undefined && { json }),
      }),
  }
}

function startService({ issuer, now }: Issuer): Guard {
  const service = guard({ issuer, audience: IMAGES, now })
  toClose.push(() => service.close())
  return service
}

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { readonly kid: string }).kid

async function signUp(at: Issuer) {
  return read(await at.ask('POST', 'register', {}, { email: newEmail(), password: PASSWORD }))
}
function read(answer: Answer) {
  const { accessToken, session, user } = answer.json as {
    accessToken: string
    session: { id: string }
    user: { id: string; email: string }
  }
  const bearer = { Authorization: `Bearer ${accessToken}` }
  return { token: accessToken, bearer, cookie: { Cookie: cookiePairs(answer).join('; ') }, sessionId: session.id, user }
}

test('three thousand requests at three services cost the server three key sets and three lists', async () => {
  const issuer = await startIssuer()
  const services = Array.from({ length: 3 }, () => startService(issuer))
  const { token } = await signUp(issuer)
  for (const service of services) expect(await check(service, token)).toBe('ok')
  await Promise.all(services.map((service) => waitFor(() => service.health().revocations.live)))
  const before = issuer.asked.length
  for (let index = 0; index < 1_000; index++)
    for (const service of services) expect(await check(service, token)).toBe('ok')
  expect(issuer.asked.filter((path) => path === '/api/auth/jwks')).toHaveLength(3)
  // Nothing was asked on behalf of a request; what there is, is the stream that was being opened.
  expect(issuer.asked.slice(before).filter((path) => path !== '/api/auth/revocations')).toEqual([])
  expect(new Set(issuer.asked)).toEqual(new Set(['/api/auth/register', '/api/auth/jwks', '/api/auth/revocations']))
})

test.each<[string, (at: Issuer, who: ReturnType<typeof read>) => Promise<unknown>]>([
  ['signing out', (at, { cookie }) => at.ask('POST', 'logout', cookie)],
  ['signing out everywhere', (at, { cookie }) => at.ask('POST', 'logout', cookie, { everywhere: true })],
  [
    'ending that device from the list',
    (at, { bearer, sessionId }) => at.ask('DELETE', `sessions/${sessionId}`, bearer),
  ],
  [
    'changing the password',
    (at, { bearer, cookie }) =>
      at.ask('POST', 'password', { ...bearer, ...cookie }, { current: PASSWORD, next: `${PASSWORD} and staples` }),
  ],
  [
    'signing in as somebody else in the same browser',
    (at, { cookie }) => at.ask('POST', 'register', cookie, { email: newEmail(), password: PASSWORD }),
  ],
])('%s ends the token at every service', async (_, end) => {
  const issuer = await startIssuer()
  const services = [startService(issuer), startService(issuer)]
  const [who, other] = [await signUp(issuer), await signUp(issuer)]
  for (const service of services) expect(await check(service, who.token)).toBe('ok')
  const answer = (await end(issuer, who)) as Answer
  expect(answer.status).toBeLessThan(300)
  for (const service of services) await waitFor(async () => (await check(service, who.token)) === '401 invalid_token')
  for (const service of services) expect(await check(service, other.token)).toBe('ok')
})

test('a new key is known to every service before it signs, and the old one until its last token has died', async () => {
  const issuer = await startIssuer()
  const service = startService(issuer)
  const first = await signUp(issuer)
  expect(await check(service, first.token)).toBe('ok')
  expect(await issuer.auth.keys.rotate()).toBe(true)
  await waitFor(() => issuer.asked.filter((path) => path === '/api/auth/jwks').length === 2)
  issuer.advance(24 * 3_600_000 - 60_000)
  const last = await signUp(issuer)
  expect(kidOf(last.token)).toBe(kidOf(first.token))
  issuer.advance(61_000)
  // The server looks at its ring now and then.
  let next = await signUp(issuer)
  await waitFor(async () => {
    next = await signUp(issuer)
    return kidOf(next.token) !== kidOf(last.token)
  })
  // Known already: not even a moment of 503.
  expect(await check(service, next.token)).toBe('ok')
  expect(await check(service, last.token)).toBe('ok')
})

test('a revoked key is refused by every service, and by one that starts afterwards', async () => {
  const issuer = await startIssuer()
  const service = startService(issuer)
  const { token } = await signUp(issuer)
  expect(await check(service, token)).toBe('ok')
  await issuer.auth.keys.rotate()
  expect(await issuer.auth.keys.revoke(kidOf(token))).toBe(true)
  await waitFor(async () => (await check(service, token)) === '401 invalid_token')
  const next = await signUp(issuer)
  await waitFor(async () => (await check(service, next.token)) === 'ok')
  const late = startService(issuer)
  expect(await check(late, next.token)).toBe('ok')
  // Until it may ask again it says that it does not know (503), and then that it does.
  expect(await check(late, token)).not.toBe('ok')
  await waitFor(async () => (await check(late, token)) === '401 invalid_token')
})

test.each(['ES384', 'EdDSA', 'RS256', 'PS256'] as const)(
  'a server that signs with %s needs no word to its services',
  async (algorithm) => {
    const issuer = await startIssuer({ token: { algorithm } })
    expect(await check(startService(issuer), (await signUp(issuer)).token)).toBe('ok')
  },
)

test('a refresh token is no access token, at no service', async () => {
  const issuer = await startIssuer()
  const { cookie } = await signUp(issuer)
  const refreshToken = cookie.Cookie.slice(cookie.Cookie.indexOf('=') + 1)
  expect(await check(startService(issuer), refreshToken)).toBe('401 invalid_token')
})
