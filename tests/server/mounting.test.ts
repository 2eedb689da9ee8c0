// The real server mounted in each framework: before and after something that reads bodies, under a path prefix, behind a proxy that is
// trusted and one that is not, beside cookies of the application's own. The issuer is configuration: no request changes it.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateSecret, hallpass, type Hallpass, type HallpassEvent } from '@hallpass/server'
import { APP_COOKIES, APP_VARY, frameworks, type App } from '../support/frameworks.ts'
import { exchange, type Question } from '../support/http-exchange.ts'
import { PASSWORD } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'

const ISSUER = 'http://localhost:3000'
const COOKIE = 'hallpass-3000'

const setUps = Object.entries(frameworks).flatMap(([name, start]) =>
  [
    { bodyFirst: false, prefix: '' },
    { bodyFirst: true, prefix: '' },
    { bodyFirst: false, prefix: '/tenant' },
    { bodyFirst: true, prefix: '/tenant' },
  ].map((setUp) => ({ name, start, ...setUp })),
)

describe.each(setUps)('$name, body read first: $bodyFirst, under "$prefix"', ({ start, bodyFirst, prefix }) => {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-mounted-'))
  const events: HallpassEvent[] = []
  let auth: Hallpass
  let app: App
  let proxied: App

  beforeAll(async () => {
    const basePath = `${prefix}/api/auth`
    const onEvent = (event: HallpassEvent) => events.push(event)
    const database = join(directory, 'hallpass.db')
    auth = await hallpass({ issuer: ISSUER, secret: generateSecret(), database, basePath, onEvent })
    const options = { guard: auth.guard, auth, bodyFirst, ...(prefix !== '' && { prefix }) }
    app = await start(options)
    proxied = await start({ ...options, trustedProxies: 1 })
  })
  afterAll(async () => {
    await app.close()
    await proxied.close()
    await auth.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const ask = (method: string, path: string, question: Question = {}, where = app) =>
    exchange(where.address, method, `${prefix}/api/auth/${path}`, question)
  let people = 0
  const signUp = async (question: Question = {}, where = app) => {
    const answer = await ask(
      'POST',
      'register',
      { json: { email: `p${people++}@example.com`, password: PASSWORD }, ...question },
      where,
    )
    const ours = answer.setCookies.find((line) => line.startsWith(`${COOKIE}=`)) ?? ''
    return { answer, cookie: ours.split(';', 1)[0] ?? '', bearer: `Bearer ${String(answer.json['accessToken'])}` }
  }

  test('a whole life: sign up, who am I, refresh, devices, sign out, refused at once', async () => {
    const { answer, cookie, bearer } = await signUp()
    expect(answer.status).toBe(201)
    expect(await ask('GET', 'me', { headers: [['Authorization', bearer]] })).toMatchObject({ status: 200 })
    const refreshed = await ask('POST', 'refresh', { headers: [['Cookie', `app=1; ${cookie}`]] })
    expect(refreshed).toMatchObject({ status: 200, json: { tokenType: 'Bearer' } })
    const profile = () =>
      exchange(app.address, 'GET', `${prefix}/api/profile`, { headers: [['Authorization', bearer]] })
    expect(await profile()).toMatchObject({ status: 200 })
    const ended = await ask('POST', 'logout', { headers: [['Cookie', cookie]], json: {} })
    expect(ended.status).toBe(204)
    expect(ended.text).toBe('')
    expect(await profile()).toMatchObject({ status: 401, code: 'invalid_token' })
    expect(await ask('POST', 'refresh', { headers: [['Cookie', cookie]] })).toMatchObject({
      status: 401,
      code: 'session_ended',
    })
  })

  test('our Set-Cookie stands beside those of the application, each in a line of its own, and so does Vary', async () => {
    const { answer, cookie } = await signUp()
    expect(answer.setCookies).toHaveLength(3)
    expect(answer.setCookies).toEqual(expect.arrayContaining(APP_COOKIES))
    expect(answer.setCookies.filter((line) => line.startsWith(`${COOKIE}=`))).toHaveLength(1)
    const ended = await ask('POST', 'logout', { headers: [['Cookie', cookie]] })
    expect(ended.setCookies).toHaveLength(4)
    expect(ended.setCookies).toEqual(expect.arrayContaining(APP_COOKIES))
    for (const { headers } of [answer, ended]) {
      const vary = (headers['vary'] ?? '').split(/, */)
      expect(vary).toEqual(expect.arrayContaining([APP_VARY, 'Origin', 'Sec-Fetch-Site']))
    }
  })

  test('the cookie goes where the endpoints are', async () => {
    const { answer } = await signUp()
    const ours = answer.setCookies.find((line) => line.startsWith(`${COOKIE}=`)) ?? ''
    expect(ours).toContain(`; Path=${prefix}/api/auth;`)
    expect(ours).toContain('; HttpOnly')
    expect(ours).toContain('; SameSite=Strict')
  })

  test('Host, Forwarded and its like change nothing: not the issuer, not the cookie, not who is let in', async () => {
    for (const where of [app, proxied]) {
      const { answer, bearer } = await signUp(
        {
          headers: [
            ['Host', 'evil.example'],
            ['X-Forwarded-Host', 'evil.example'],
            ['X-Forwarded-Proto', 'https'],
            ['X-Forwarded-Prefix', '/evil'],
            ['Forwarded', 'host=evil.example;proto=https'],
            ['X-Original-URL', '/api/auth/logout'],
          ],
        },
        where,
      )
      expect(answer.status).toBe(201)
      const claims = JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString()) as { iss: string }
      expect(claims.iss).toBe(ISSUER)
      expect(answer.setCookies.join()).not.toContain('evil')
      expect(answer.setCookies.some((line) => line.startsWith(`${COOKIE}=`) && !line.includes('Secure'))).toBe(true)
    }
  })

  test('an origin is compared with the configured issuer, whatever Host says', async () => {
    const json = { email: 'nobody@example.com', password: PASSWORD }
    const evil = await ask('POST', 'login', {
      json,
      headers: [
        ['Host', 'evil.example'],
        ['Origin', 'http://evil.example'],
      ],
    })
    expect(evil).toMatchObject({ status: 403, code: 'forbidden_origin' })
    expect(await ask('POST', 'login', { json, headers: [['Origin', ISSUER]] })).toMatchObject({
      status: 401,
      code: 'invalid_credentials',
    })
  })

  test('the address of the client: the socket, or what a trusted proxy added last', async () => {
    const addressOf = async (where: App, forwarded: readonly (readonly [string, string])[]) => {
      const { bearer } = await signUp({ headers: forwarded }, where)
      const { json } = await ask('GET', 'sessions', { headers: [['Authorization', bearer]] })
      const [device] = json['sessions'] as readonly { readonly address: string }[]
      return device?.address
    }
    const lie = ['X-Forwarded-For', '203.0.113.9'] as const
    expect(await addressOf(app, [])).toBe('127.0.0.1')
    expect(await addressOf(app, [lie])).toBe('127.0.0.1')
    expect(await addressOf(proxied, [])).toBe('127.0.0.1')
    expect(await addressOf(proxied, [lie])).toBe('203.0.113.9')
    expect(await addressOf(proxied, [['X-Forwarded-For', '203.0.113.9, 198.51.100.7']])).toBe('198.51.100.7')
    expect(await addressOf(proxied, [['X-Forwarded-For', '2001:db8::1']])).toBe('2001:db8::1')
    expect(await addressOf(proxied, [['X-Forwarded-For', '::ffff:198.51.100.7']])).toBe('198.51.100.7')
  })

  test.each([
    ['a word', 'nonsense'],
    ['nothing', ''],
    ['a comma', ' , '],
    ['two ports', '203.0.113.9:70000:1'],
    ['markup', '<script>'],
    ['four thousand digits', '1'.repeat(4_000)],
  ])('a forwarded address that is none is not one: %s', async (_, value) => {
    const { answer, bearer } = await signUp({ headers: [['X-Forwarded-For', value]] }, proxied)
    expect(answer.status).toBe(201)
    const { text } = await ask('GET', 'sessions', { headers: [['Authorization', bearer]] })
    if (value.trim().length > 1) expect(text).not.toContain(value)
  })

  test('bodies: none, broken, of the wrong type, too large, in pieces', async () => {
    expect(await ask('POST', 'refresh')).toMatchObject({ status: 401, code: 'no_session' })
    expect(await ask('POST', 'login')).toMatchObject({ status: 400, code: 'invalid_input' })
    expect(
      await ask('POST', 'login', { body: '{"email"', headers: [['Content-Type', 'application/json']] }),
    ).toMatchObject({ status: 400 })
    const form = {
      body: `email=a%40example.com&password=${PASSWORD}`,
      headers: [['Content-Type', 'application/x-www-form-urlencoded']] as const,
    }
    expect(await ask('POST', 'login', form)).toMatchObject({ status: 415, code: 'json_required' })
    expect(await ask('POST', 'login', { json: { email: 'a'.repeat(20_000), password: PASSWORD } })).toMatchObject({
      status: 413,
    })
    const piece = JSON.stringify({ email: 'nobody@example.com', password: PASSWORD })
    const pieces = {
      body: piece,
      headers: [
        ['Transfer-Encoding', 'chunked'],
        ['Content-Type', 'application/json'],
      ] as const,
    }
    expect(await ask('POST', 'login', pieces)).toMatchObject({ status: 401, code: 'invalid_credentials' })
  })

  test('methods: HEAD has no body, what no route knows is 405, a preflight is answered, elsewhere is 404', async () => {
    const keys = await ask('GET', 'jwks')
    expect(keys).toMatchObject({ status: 200 })
    expect(keys.headers['etag']).toBeDefined()
    const head = await ask('HEAD', 'jwks')
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['etag']).toBe(keys.headers['etag'])
    const again = await ask('GET', 'jwks', { headers: [['If-None-Match', keys.headers['etag'] ?? '']] })
    expect(again).toMatchObject({ status: 304, text: '' })
    expect(await ask('PUT', 'login', { json: {} })).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect(await ask('OPTIONS', 'login', { headers: [['Origin', 'https://evil.example']] })).toMatchObject({
      status: 405,
    })
    expect(await ask('GET', 'nowhere')).toMatchObject({ status: 404, code: 'not_found' })
  })

  test('the target of a request names a path and nothing else', async () => {
    const path = `${prefix}/api/auth/jwks`
    const at = (target: string) => exchange(app.address, 'GET', target, {})
    expect(await at(`${path}?a=b`)).toMatchObject({ status: 200 })
    for (const target of [`//evil.example${path}`, `${path}/../login`, `${path}%2f`, `${path}%00`, `${path}/%ff`])
      expect((await at(target)).status, target).toBeGreaterThanOrEqual(400)
    for (const target of [`//evil.example${path}`, `${path}/../login`, `${path}%2f`, `${path}%00`, `${path}/%ff`])
      expect((await at(target)).status, target).toBeLessThan(500)
  })

  test('a client that hangs up in the middle of a body harms nobody', async () => {
    for (const sent of ['{"email":', '']) {
      const { hostname, port } = new URL(app.address)
      const socket = connect(Number(port), hostname)
      const head = `POST ${prefix}/api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`
      await new Promise((resolve) => socket.write(head + sent, resolve))
      await waitFor(async () => (await ask('GET', 'jwks')).status === 200)
      socket.destroy()
    }
    expect((await signUp()).answer.status).toBe(201)
  })

  test('no request was a bug of ours', () => {
    expect(events.filter(({ event }) => event === 'failed')).toEqual([])
  })
})
