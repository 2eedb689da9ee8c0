// Security headers on every response, and caching that fits what is sent. "Every" is meant: pages, files, answers, refusals,
// errors of the router and errors of the HTTP parser, since one bare page of an origin undoes the policy of all the others.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPages, runProgram, startProgram, type Program } from '../support/program.ts'

let program: Program
beforeAll(async () => {
  buildPages()
  program = await startProgram()
})
afterAll(() => program.close())

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const requests: readonly [string, string][] = [
  ['GET', '/'],
  ['GET', '/inside'],
  ['HEAD', '/account'],
  ['GET', '/favicon.svg'],
  ['GET', '/nothing/here'],
  ['GET', '//example.com/'],
  ['GET', '/%'],
  ['GET', '/..%2f..%2fetc/passwd'],
  ['POST', '/'],
  ['PUT', '/api/auth/login'],
  ['TRACE', '/'],
  ['OPTIONS', '/api/auth/login'],
  ['GET', '/healthz'],
  ['GET', '/api/profile'],
  ['GET', '/api/inside'],
  ['GET', '/api/nothing'],
  ['GET', '/api/auth/jwks'],
  ['GET', '/.well-known/jwks.json'],
  ['GET', '/api/auth/me'],
  ['POST', '/api/auth/refresh'],
  ['POST', '/api/auth/login'],
]

test.each(requests)('%s %s has them', async (method, path) => {
  const { headers, status } = await program.ask(method, path)
  expect(headers).toMatchObject(ALWAYS)
  expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|data:|http/)
  expect(status).toBeLessThan(500)
})

test.each([
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ['a host that is none', 'GET / HTTP/1.1\r\nhost: a b\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['headers without end', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
])('a request with %s is refused, and the refusal has them', async (_, bytes) => {
  const answer = await raw(bytes)
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  for (const [name, value] of Object.entries(ALWAYS)) expect(answer.toLowerCase()).toContain(`${name}: ${value}\r\n`)
  expect(answer.toLowerCase()).toContain("content-security-policy: default-src 'none'")
})

test('an https issuer also says that it is never to be asked over http', async () => {
  expect((await program.ask('GET', '/')).headers).not.toHaveProperty('strict-transport-security')
  const { stdout } = runProgram(['secret'])
  const behindTls = await startProgram({
    env: { HALLPASS_ISSUER: 'https://login.example.com', HALLPASS_SECRET: stdout.trim(), HOST: '127.0.0.1' },
  })
  try {
    for (const path of ['/', '/api/auth/jwks', '/nothing']) {
      const { headers } = await behindTls.ask('GET', path)
      expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    }
  } finally {
    await behindTls.close()
  }
})

test('pages are asked for again each time, by tag; files with a hash in their name are kept', async () => {
  const page = await program.ask('GET', '/sign-in')
  expect(page.headers['cache-control']).toBe('no-cache')
  const { etag = '' } = page.headers
  const again = await program.ask('GET', '/sign-in', { headers: [['If-None-Match', etag]] })
  expect([again.status, again.text]).toEqual([304, ''])
  expect((await program.ask('GET', '/sign-in', { headers: [['If-None-Match', '"other"']] })).status).toBe(200)

  const assets = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  expect(assets.length).toBeGreaterThanOrEqual(2)
  for (const path of assets) {
    const { status, headers } = await program.ask('GET', path)
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(headers['content-type']).toMatch(/^text\/(javascript|css); charset=utf-8$/)
  }
  // A file that is gone is no page: a script tag that got one would wait for a syntax error.
  expect((await program.ask('GET', '/assets/index-gone.js')).status).toBe(404)
})

test('what is said to nobody but the one who asks is kept nowhere', async () => {
  for (const path of ['/api/profile', '/api/inside', '/healthz', '/nothing/here', '/api/auth/me'])
    expect((await program.ask('GET', path)).headers['cache-control'], path).toBe('no-store')
})

test('pages hold no script, style or handler of their own', async () => {
  const { text } = await program.ask('GET', '/')
  expect(text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:|https?:\/\//i)
})

test('a page is compressed when the browser takes it, and the same for all of them', async () => {
  const plain = await program.ask('GET', '/')
  expect(plain.headers['content-encoding']).toBeUndefined()
  for (const [accepts, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0', undefined],
  ] as const) {
    const response = await fetch(`${program.origin}/`, { headers: { 'accept-encoding': accepts } })
    expect(response.headers.get('content-encoding') ?? undefined).toBe(encoding)
    expect(response.headers.get('vary')).toBe('Accept-Encoding')
    expect(await response.text()).toBe(plain.text)
  }
})

test('somebody who mistyped gets a page, a program gets a problem', async () => {
  const page = await program.ask('GET', '/acount', { headers: [['Accept', 'text/html,*/*;q=0.8']] })
  expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
  const problem = await program.ask('GET', '/acount')
  expect([problem.status, problem.headers['content-type'], problem.code]).toEqual([
    404,
    'application/problem+json; charset=utf-8',
    'not_found',
  ])
})

/** Sends bytes and reads until the server hangs up. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(program.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString()))
  socket.end(bytes)
  await once(socket, 'close')
  return answer
}
