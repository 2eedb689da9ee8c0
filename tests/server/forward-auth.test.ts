// A real nginx asks the real server whether a request may pass, with the configuration that docs/guides/behind-a-proxy.md gives. Where no
// nginx is installed these tests are skipped; what the server answers is tested without one in attacks/trn.test.ts.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../support/http-exchange.ts'
import { signUp } from '../support/people.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'
import { waitFor } from '../support/wait-for.ts'

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx'].find(
  (path) => spawnSync(path, ['-v']).status === 0,
)

describe.skipIf(NGINX === undefined)('nginx', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-nginx-'))
  /** What came through to the service behind. */
  const seen: IncomingHttpHeaders[] = []
  let server: RealServer
  let behind: Server
  let nginx: ChildProcess
  let address: string

  beforeAll(async () => {
    // The one proxy in front is ours.
    server = await startRealServer({ trustedProxies: 1, checkPassword: (email) => ({ id: email }) })
    behind = createServer((request, response) => {
      seen.push(request.headers)
      response.end('the report')
    }).listen(0, '127.0.0.1')
    await once(behind, 'listening')
    const port = await freePort()
    address = `http://127.0.0.1:${port}`
    const configuration = join(directory, 'nginx.conf')
    writeFileSync(configuration, nginxConfiguration(port, new URL(server.address).port, portOf(behind)))
    nginx = spawn(NGINX ?? '', ['-p', directory, '-c', configuration, '-e', join(directory, 'error.log')])
    let said = ''
    nginx.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await waitFor(async () => {
      if (nginx.exitCode !== null) throw new Error(`nginx ended and said: ${said}`)
      return exchange(address, 'GET', '/healthy', {}).then(
        () => true,
        () => false,
      )
    })
  })
  afterAll(async () => {
    nginx.kill('SIGQUIT')
    await once(nginx, 'exit')
    behind.close()
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const report = (headers: readonly (readonly [string, string])[]) =>
    exchange(address, 'GET', '/reports/1', { headers })
  const signIn = async (login: string) => {
    const answer = await server.ask('POST', 'login', { json: { email: login, password: 'x' } })
    return { bearer: ['Authorization', `Bearer ${String(answer.json['accessToken'])}`] as const, answer }
  }

  test('with a token the service behind is told who it is, whatever the client says about itself', async () => {
    const { bearer } = await signIn('ada@example.com')
    for (const lie of ['Hallpass-Subject', 'hallpass-subject', 'HALLPASS-SUBJECT']) {
      const answer = await report([bearer, [lie, 'root']])
      expect(answer).toMatchObject({ status: 200, text: 'the report' })
      expect(seen.at(-1)?.['hallpass-subject']).toBe('ada@example.com')
    }
  })

  test('any name comes through, and comes back as it was', async () => {
    for (const name of ['Zoë 😀', '100% "Ada"; x=y', 'two\r\nSet-Cookie: a=b']) {
      const { bearer } = await signIn(name)
      expect((await report([bearer])).status).toBe(200)
      expect(decodeURIComponent(String(seen.at(-1)?.['hallpass-subject']))).toBe(name)
    }
  })

  test('without one, or with one that is not valid, nothing reaches the service, and the challenge reaches the client', async () => {
    const { bearer, answer } = await signIn('ada@example.com')
    const before = seen.length
    const none = await report([['Hallpass-Subject', 'root']])
    expect(none.status).toBe(401)
    expect(none.headers['www-authenticate']).toBe('Bearer')
    const altered = await report([['Authorization', `${bearer[1].slice(0, -4)}AAAA`]])
    expect(altered.status).toBe(401)
    expect(altered.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect((await report([bearer])).status).toBe(200)
    const cookie = answer.setCookies.map((line) => line.split(';', 1)[0] ?? '').join('; ')
    expect((await server.ask('POST', 'logout', { headers: [['Cookie', cookie]] })).status).toBe(204)
    expect((await report([bearer])).status).toBe(401)
    expect(seen).toHaveLength(before + 1)
  })

  test('two Authorization headers do not get through on the first', async () => {
    const { bearer } = await signIn('ada@example.com')
    const answer = await report([bearer, ['Authorization', 'Bearer x']])
    // nginx itself refuses them (400), or the server does.
    expect([400, 401]).toContain(answer.status)
  })

  test('the server behind nginx knows the client by what nginx adds, and not by what the client wrote', async () => {
    const { bearer } = await signIn('grace@example.com')
    const through = await exchange(address, 'POST', '/api/auth/login', {
      json: { email: 'grace@example.com', password: 'x' },
      headers: [['X-Forwarded-For', '203.0.113.9']],
    })
    expect(through.status).toBe(200)
    const { json } = await server.ask('GET', 'sessions', { headers: [bearer] })
    const addresses = (json['sessions'] as readonly { readonly address: string }[]).map((one) => one.address)
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']))
  })
})

test('an account of the server’s own, without a proxy: its id is the subject', async () => {
  const server = await startRealServer()
  const device = await signUp(server)
  const headers = [['Authorization', `Bearer ${device.accessToken}`]] as const
  const [verified, me] = [await server.ask('GET', 'verify', { headers }), await server.ask('GET', 'me', { headers })]
  expect(verified).toMatchObject({ status: 200, text: '' })
  expect(verified.headers['hallpass-session']).toBe(device.sessionId)
  expect(verified.headers['hallpass-subject']).toBe(me.json['id'])
  expect(me.json['id']).toMatch(/^[0-9a-f-]{36}$/)
  await server.close()
})

/** The two nginx blocks of the guide, put together, with the ports of this test. */
function nginxConfiguration(port: number, hallpass: string, service: number): string {
  const guide = readFileSync(new URL('../../docs/guides/behind-a-proxy.md', import.meta.url), 'utf8')
  const blocks = [...guide.matchAll(/```nginx\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  const [site = '', check = ''] = [
    blocks.find((block) => block.includes('server_name')),
    blocks.find((block) => block.includes('auth_request')),
  ]
  // Without a certificate: what is tested is who is let through.
  const inner = site.replace(/listen 443 ssl;/, `listen 127.0.0.1:${port};`).replace(/}\s*$/, `${check}}`)
  const ports = inner
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${hallpass}`)
    .replaceAll('127.0.0.1:5000', `127.0.0.1:${service}`)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${name};`)
    .join('\n')
  return `daemon off;\nmaster_process off;\npid nginx.pid;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${ports}\n}\n`
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  await once(server.close(), 'close')
  return port
}
