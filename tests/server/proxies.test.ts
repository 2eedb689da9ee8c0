// Real proxies in front of the real server, each with the configuration that docs/proxies gives. A proxy that is not installed is skipped and
// named so; what the server answers to them is tested without any in forward-auth.test.ts and attacks/trn.test.ts.
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookiePairs, exchange } from '../support/http-exchange.ts'
import { proxies, type Proxy, type ProxyKind } from '../support/proxies.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'

const jwksToPem = fileURLToPath(new URL('../../docs/proxies/jwks-to-pem.mjs', import.meta.url))
const exec = promisify(execFile)
const ISSUER = 'https://app.example.com'
const LATER = 'https://reports.example.com'

/** What came through to the service behind. */
const seen: IncomingHttpHeaders[] = []
let server: RealServer
let service: Server
const behind = () => ({ hallpass: Number(new URL(server.address).port), service: portOf(service) })
const portOf = (of: Server) => (of.address() as { port: number }).port

beforeAll(async () => {
  // The one proxy in front is ours.
  server = await startRealServer({
    issuer: ISSUER,
    audience: LATER,
    trustedProxies: 1,
    checkPassword: (email) => ({ id: email }),
  })
  service = createServer((request, response) => {
    seen.push(request.headers)
    response.end('the report')
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
})
afterAll(async () => {
  service.close()
  await server.close()
})

async function signIn(email: string, at = server.address) {
  const answer = await exchange(at, 'POST', '/api/auth/login', { json: { email, password: 'x' } })
  if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}`)
  const headers = [['Cookie', cookiePairs(answer).join('; ')]] as const
  const forIssuer = await server.ask('POST', 'refresh', { headers, json: { audience: ISSUER } })
  const token = String(forIssuer.json['accessToken'])
  return { headers, token, bearer: ['Authorization', `Bearer ${token}`] as const, json: answer.json }
}

describe.each(proxies)('$name', (kind: ProxyKind) => {
  describe.skipIf(!kind.installed)(
    kind.installed ? 'with its documented configuration' : 'is not installed here',
    () => {
      let proxy: Proxy
      beforeAll(async () => {
        proxy = await kind.start(behind(), async (keys) => {
          await exec(process.execPath, [jwksToPem, `${server.address}/api/auth/jwks`, keys])
        })
      })
      afterAll(() => proxy.close())

      const report = (...headers: readonly (readonly [string, string])[]) =>
        exchange(proxy.address, 'GET', '/reports/1', { headers })
      const refused = async (...headers: readonly (readonly [string, string])[]) => {
        const before = seen.length
        const answer = await report(...headers)
        expect(seen).toHaveLength(before)
        return answer
      }

      test('the service behind is told who it is, whatever the client says about itself', async () => {
        const { bearer, json } = await signIn('ada@example.com')
        const lies = [
          'Hallpass-Subject',
          'hallpass-subject',
          'HALLPASS-SUBJECT',
          'Hallpass-Session',
          'Hallpass_Subject',
        ]
        for (const lie of [...lies, 'HALLPASS_SESSION', 'Hallpass-subject_']) {
          expect(await report(bearer, [lie, 'root'], [lie, 'admin'])).toMatchObject({ status: 200, text: 'the report' })
          const { 'hallpass-subject': subject, 'hallpass-session': session, ...others } = seen.at(-1) ?? {}
          expect(decodeURIComponent(String(subject))).toBe('ada@example.com')
          expect(session).toBe((json['session'] as { id: string }).id)
          const names = Object.keys(others).filter((name) => /^hallpass[-_](subject|session)$/.test(name))
          expect(names, lie).toEqual([])
        }
      })

      test('any name comes through, and comes back as it was', async () => {
        for (const name of ['Zoë 😀', '100% "Ada"; x=y', 'two\r\nSet-Cookie: a=b', 'a\\b']) {
          expect((await report((await signIn(name)).bearer)).status).toBe(200)
          expect(decodeURIComponent(String(seen.at(-1)?.['hallpass-subject']))).toBe(name)
        }
      })

      test('without a pass, or with one that is not valid, nothing reaches the service, and the client is told', async () => {
        const { bearer, token } = await signIn('ada@example.com')
        const none = await refused(['Hallpass-Subject', 'root'])
        expect(none.status).toBe(401)
        expect(none.headers['www-authenticate']).toBe('Bearer')
        const altered = await refused(['Authorization', `Bearer ${token.slice(0, -4)}AAAA`])
        expect(altered.status).toBe(401)
        expect(altered.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
        expect((await report(bearer)).status).toBe(200)
      })

      test('two Authorization headers do not get through on one of them', async () => {
        const { bearer } = await signIn('ada@example.com')
        for (const two of [
          [bearer, ['Authorization', 'Bearer x']],
          [['Authorization', 'Bearer x'], bearer],
        ] as const)
          // A proxy refuses them by itself (400), or the server does.
          expect([400, 401]).toContain((await refused(...two)).status)
      })

      test('the server behind knows the client by what the proxy adds, and not by what the client wrote', async () => {
        const email = `grace@${kind.name}`
        const through = await exchange(proxy.address, 'POST', '/api/auth/login', {
          json: { email, password: 'x' },
          headers: [['X-Forwarded-For', '203.0.113.9']],
        })
        expect(through.status).toBe(200)
        const [session] = await server.auth.sessions.list(email)
        expect(session?.address).toBe('127.0.0.1')
      })

      test('the stream of sign-outs comes through as it is sent', async () => {
        const one = await signIn('hopper@example.com')
        const request = get(`${proxy.address}/api/auth/revocations`, { headers: { accept: 'text/event-stream' } })
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        let text = ''
        const { id } = one.json['session'] as { id: string }
        for await (const chunk of response) {
          // The list comes first; what ends after it, when it ends.
          if (text === '') void server.ask('POST', 'logout', { headers: one.headers })
          text += String(chunk)
          if (text.includes(id)) break
        }
        request.destroy()
        expect(text).toContain(id)
      })

      test.runIf(kind.asks)('who signed out is refused', async () => {
        const { bearer, headers } = await signIn('ada@example.com')
        expect((await report(bearer)).status).toBe(200)
        expect((await server.ask('POST', 'logout', { headers })).status).toBe(204)
        expect((await refused(bearer)).headers['www-authenticate']).toBe('Bearer error="invalid_token"')
      })

      test.runIf(kind.asks)('when Hallpass cannot be reached, nobody passes', async () => {
        const { bearer } = await signIn('ada@example.com')
        // Nothing listens on port 1.
        const alone = await kind.start({ ...behind(), hallpass: 1 })
        const before = seen.length
        const { status } = await exchange(alone.address, 'GET', '/reports/1', { headers: [bearer] })
        await alone.close()
        expect([500, 502]).toContain(status)
        expect(seen).toHaveLength(before)
      })

      test.skipIf(kind.asks)('what it decides by itself: algorithm, type, issuer, audience and time', async () => {
        const { token, headers } = await signIn('ada@example.com')
        const [, payload = ''] = token.split('.')
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
        const pem = await pemOf(server)
        const hmac = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${payload}`
        const foreign = await server.ask('POST', 'refresh', { headers, json: { audience: LATER } })
        server.advance(-20 * 60_000)
        const { token: expired } = await signIn('ada@example.com')
        server.advance(20 * 60_000)
        const forgeries = {
          expired,
          none: `${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
          'the public key as a secret': `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
          'a refresh token': headers[0][1].split('=')[1] ?? '',
          'another audience': String(foreign.json['accessToken']),
        }
        for (const [name, forged] of Object.entries(forgeries))
          expect((await refused(['Authorization', `Bearer ${forged}`])).status, name).toBe(401)
        expect((await report(['Authorization', `Bearer ${token}`])).status).toBe(200)
      })
    },
  )
})

async function pemOf(from: RealServer): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-pem-'))
  await exec(process.execPath, [jwksToPem, `${from.address}/api/auth/jwks`, directory])
  const pem = readFileSync(join(directory, 'key-1.pem'), 'utf8')
  rmSync(directory, { recursive: true, force: true })
  return pem
}
