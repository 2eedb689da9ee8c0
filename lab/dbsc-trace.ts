// Device Bound Session Credentials, the bare protocol, in the browser of the lab: `node -C @hallpass/source lab/dbsc-trace.ts`. A
// server of seventy lines offers a registration with a cookie that lives four seconds, and checks each proof; the trace shows what the
// browser does, and what a copy of the cookie is worth afterwards. No option of @hallpass/server does this yet.
import { createPublicKey, randomBytes, verify, type JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBrowser } from './world/browser.ts'
import { makeCertificates, makeTrustingHome } from './world/certificates.ts'
import { APP, hosts } from './world/hosts.ts'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-dbsc-'))
const certificates = await makeCertificates(hosts)
const say = (line: string) => process.stdout.write(`${line}\n`)

const LIVES = 4
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
const instructions = JSON.stringify({
  session_identifier: 'trace',
  refresh_url: '/renew',
  scope: { origin: APP, include_site: false, scope_specification: [] },
  credentials: [{ type: 'cookie', name: 'bound', attributes }],
})
const challenges = new Set<string>()
const newChallenge = (): string => {
  const challenge = randomBytes(16).toString('base64url')
  challenges.add(challenge)
  return challenge
}
const living = new Map<string, number>()
const newCookie = (): string => {
  const value = randomBytes(8).toString('base64url')
  living.set(value, Date.now() + LIVES * 1000)
  return `bound=${value}; ${attributes}; Max-Age=${LIVES}`
}

let key: JsonWebKey | undefined
/** The proof is a JWS of type dbsc+jwt over our challenge; the registration carries the key, renewals are checked against it. */
function proves(proof: string): boolean {
  const [header = '', payload = '', signature = ''] = proof.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const { alg, typ, jwk } = read(header)
  const { jti } = read(payload)
  if (alg !== 'ES256' || typ !== 'dbsc+jwt' || typeof jti !== 'string' || !challenges.delete(jti)) return false
  const shown = key ?? (jwk as JsonWebKey | undefined)
  if (shown === undefined) return false
  const publicKey = createPublicKey({ key: shown, format: 'jwk' })
  const signed = Buffer.from(`${header}.${payload}`)
  if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
    return false
  key = shown
  return true
}

const server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => {
  const { method = '', url = '', headers } = request
  const cookie = /bound=([\w-]+)/.exec(headers.cookie ?? '')?.[1]
  const signedIn = cookie !== undefined && (living.get(cookie) ?? 0) > Date.now()
  const proof = headers['secure-session-response']
  const proven = typeof proof === 'string' && proves(proof)
  const answer = (status: number, what: string, more: Readonly<Record<string, string>> = {}, body = ''): void => {
    const came = [cookie && 'the cookie', proof && (proven ? 'a good proof' : 'a bad proof')]
      .filter(Boolean)
      .join(' and ')
    say(
      `${headers['user-agent'] === 'outside' ? 'copy   ' : 'browser'} ${method} ${url} with ${came || 'nothing'} -> ${status} ${what}`,
    )
    response.writeHead(status, { 'content-type': 'text/html', ...more }).end(body)
  }
  const session = () =>
    answer(200, 'a fresh cookie', { 'content-type': 'application/json', 'set-cookie': newCookie() }, instructions)

  if (url === '/sign-in') {
    const offer = `(ES256);path="/register";challenge="${newChallenge()}"`
    answer(200, 'a registration is offered', { 'secure-session-registration': offer, 'set-cookie': newCookie() })
  } else if (url === '/register' || url === '/renew') {
    if (proven) session()
    else answer(403, 'a challenge', { 'secure-session-challenge': `"${newChallenge()}";id="trace"` })
  } else answer(signedIn ? 200 : 401, signedIn ? 'signed in' : 'nobody')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
const port = typeof address === 'object' && address !== null ? address.port : 0
const home = makeTrustingHome(directory, certificates.authority)
const browser = await openBrowser(home, { app: port, attacker: port }, [
  'DeviceBoundSessions',
  // Keys of software in place of hardware: the protocol is the same, the protection of the key is not.
  'EnableBoundSessionCredentialsSoftwareKeysForManualTesting',
])

/** Another machine, with a copy of the cookie and without the key. */
const copy = async (method: string, path: string, cookie: string): Promise<void> => {
  const headers = { host: new URL(APP).hostname, cookie, 'user-agent': 'outside' }
  const options = {
    host: '127.0.0.1',
    port,
    servername: headers.host,
    ca: certificates.authority,
    agent: false as const,
  }
  const sent = httpsRequest({ ...options, method, path, headers }).end()
  const [response] = (await once(sent, 'response')) as [{ resume(): void }]
  response.resume()
}

const context = await browser.profile(join(directory, 'profile'))
const page = await context.newPage()
await page.goto(`${APP}/sign-in`)
await sleep(2_500)
const [bound] = await context.cookies()
const stolen = `bound=${bound?.value ?? ''}`
await copy('GET', '/at-once', stolen)
await sleep((LIVES + 1) * 1000)
await copy('GET', '/later', stolen)
await copy('POST', '/renew', stolen)
await page.goto(`${APP}/page`)
await sleep(500)
await context.close()
await browser.close()
server.close()
server.closeAllConnections()
rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
