// The refresh cookie under attack (CK-01, CK-02, CK-04, CK-05, CK-06), as headers over a real socket. What needs a browser's own jar
// (CK-02, CK-03, CK-06) is shown in tests/browser/attacks-cookie.test.ts.
import { randomBytes } from 'node:crypto'
import { generateSecret, hallpass } from '@hallpass/server'
import { generateKeyPair, importSecret, sign } from '@hallpass/token'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpDatabase } from '../support/database-dump.ts'
import { cookiePairs, type Answer } from '../support/http-exchange.ts'
import { bearer, newEmail, PASSWORD, signIn, signUp } from '../support/people.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'

let server: RealServer
let name: string

beforeAll(async () => {
  server = await startRealServer()
  name = `hallpass-${new URL(server.issuer).port}`
})
afterAll(() => server.close())

const refresh = (cookies: readonly string[], held?: string): Promise<Answer> =>
  server.ask('POST', 'refresh', {
    headers: [
      ...cookies.map((cookie) => ['Cookie', cookie] as const),
      ...(held === undefined ? [] : [['Hallpass-Session', held] as const]),
    ],
  })
const codeOf = ({ status, code }: Answer) => `${status} ${code}`.trim()
const sessionOf = ({ json }: Answer) => (json['session'] as { readonly id?: string } | undefined)?.id

describe('CK-01 of several cookies under one name, the living session wins', () => {
  test('garbage before or after it does not matter, in one header or two', async () => {
    const { cookie, sessionId } = await signUp(server)
    const garbage = [`${name}=garbage`, `${name}=`, name, `${name}=a.b.c`, '=', ';;', `${name}=%00%0d%0a`]
    for (const other of garbage) {
      for (const cookies of [[`${other}; ${cookie}`], [`${cookie}; ${other}`], [other, cookie], [cookie, other]]) {
        const answer = await refresh(cookies)
        expect(`${codeOf(answer)} ${sessionOf(answer)}`, JSON.stringify(cookies)).toBe(`200 ${sessionId}`)
      }
    }
  })

  test('a session that has ended loses to one that lives', async () => {
    const dead = await signUp(server)
    await server.ask('POST', 'logout', { headers: [['Cookie', dead.cookie]] })
    const alive = await signUp(server)
    for (const cookies of [
      [dead.cookie, alive.cookie],
      [alive.cookie, dead.cookie],
    ]) {
      expect(sessionOf(await refresh(cookies))).toBe(alive.sessionId)
    }
  })

  test('two living ones are nobody’s guess: 409 without a cookie, unless the client says which it holds', async () => {
    const [ada, eve] = [await signUp(server), await signUp(server, newEmail('eve'))]
    for (const cookies of [
      [ada.cookie, eve.cookie],
      [eve.cookie, ada.cookie],
    ]) {
      const answer = await refresh(cookies)
      expect(codeOf(answer)).toBe('409 session_changed')
      expect(answer.setCookies).toEqual([])
      expect(sessionOf(await refresh(cookies, ada.sessionId))).toBe(ada.sessionId)
      expect(sessionOf(await refresh(cookies, eve.sessionId))).toBe(eve.sessionId)
      expect(codeOf(await refresh(cookies, 'neither'))).toBe('409 session_changed')
    }
  })

  test('another name is another cookie', async () => {
    const { refreshToken: value } = await signUp(server)
    const names = [
      name.toUpperCase(),
      `\u00a0${name}`,
      `${name}\u00a0`,
      `"${name}"`,
      `x${name}`,
      `${name}x`,
      `$${name}`,
      'hallpass',
      'hallpass-1',
      '__Http-hallpass',
      '__Host-Http-hallpass',
    ]
    for (const other of names) expect(codeOf(await refresh([`${other}=${value}`])), other).toBe('401 no_session')
    for (const quoted of [`"${value}"`, `'${value}'`, `${value}x`, ` ${value}`, encodeURIComponent(`${value}=`)])
      expect(codeOf(await refresh([`${name}=${quoted}`])), quoted).toBe('401 no_session')
    expect((await refresh([` \t ${name}=${value} \t `])).status).toBe(200)
  })

  test('under an https issuer the plain name is never read, and the host name is read first', async () => {
    const https = await startRealServer({ issuer: 'https://app.example.com' })
    try {
      const [ada, eve] = [await signUp(https), await signUp(https, newEmail('eve'))]
      expect(ada.cookie).toMatch(/^__Http-hallpass=/)
      const ask = (cookie: string) => https.ask('POST', 'refresh', { headers: [['Cookie', cookie]] })
      for (const plain of [
        'hallpass',
        'hallpass-443',
        'hallpass-80',
        'hallpass-',
        'Http-hallpass',
        '__http-hallpass',
        '__Secure-hallpass',
      ])
        expect(codeOf(await ask(`${plain}=${ada.refreshToken}`)), plain).toBe('401 no_session')
      expect(sessionOf(await ask(`__Host-Http-hallpass=${eve.refreshToken}`))).toBe(eve.sessionId)
      const garbage = await ask(`__Http-hallpass=garbage; __Host-Http-hallpass=${eve.refreshToken}`)
      expect(sessionOf(garbage)).toBe(eve.sessionId)
    } finally {
      await https.close()
    }
  })
})

describe('CK-02 a cookie that somebody else planted', () => {
  test('never makes a client that holds a session into somebody else', async () => {
    const [victim, attacker] = [await signUp(server), await signUp(server, newEmail('eve'))]
    // A longer path puts the planted one first in the header; it may also be the only one left.
    const answers = [
      await refresh([`${attacker.cookie}; ${victim.cookie}`], victim.sessionId),
      await refresh([attacker.cookie], victim.sessionId),
      await refresh([`${attacker.cookie}; ${victim.cookie}`]),
    ]
    expect(answers.map(codeOf)).toEqual(['200', '409 session_changed', '409 session_changed'])
    expect(answers.map(sessionOf)).toEqual([victim.sessionId, undefined, undefined])
    expect(answers.slice(1).flatMap(({ setCookies }) => setCookies)).toEqual([])
  })

  test('does not keep a sign-out from ending every session it came with', async () => {
    const [victim, attacker] = [await signUp(server), await signUp(server, newEmail('eve'))]
    const headers = [['Cookie', `${attacker.cookie}; ${victim.cookie}`]] as const
    expect((await server.ask('POST', 'logout', { headers })).status).toBe(204)
    expect(codeOf(await refresh([victim.cookie]))).toBe('401 session_ended')
  })
})

describe('CK-04 nothing can be written into a Set-Cookie from outside', () => {
  const base = { issuer: 'https://app.example.com', secret: generateSecret(), database: ':memory:' }

  test.each([
    '/api;auth',
    '/api\r\nauth',
    '/api auth',
    '/api,auth',
    '/api/\u00e4',
    'api/auth',
    '/api/auth/',
    '/',
    '/../auth"',
  ])('a base path of %j does not start', async (basePath) => {
    await expect(hallpass({ ...base, basePath })).rejects.toThrow(/^the option basePath /)
  })

  test.each([
    { sameSite: 'None' },
    { sameSite: 'Strict; Domain=example.com' },
    { mode: 'path\r\nX: y' },
    { domain: 'example.com' },
    { secure: false },
  ])('a cookie setting of %j does not start', async (cookie) => {
    await expect(hallpass({ ...base, cookie: cookie as object })).rejects.toThrow(/option '?cookie\./)
  })

  test('what a request says is in no Set-Cookie', async () => {
    const odd = 'x; Domain=evil.example; Path=/; Secure'
    const answer = await server.ask('POST', 'register', {
      json: { email: newEmail(), password: PASSWORD, name: odd },
      headers: [
        ['User-Agent', odd],
        ['X-Forwarded-Host', odd],
        ['Forwarded', `host=${odd}`],
        ['Hallpass-Session', odd],
      ],
    })
    expect(answer.status).toBe(201)
    expect(answer.setCookies).toHaveLength(1)
    expect(answer.setCookies[0]).toMatch(
      new RegExp(`^${name}=[\\w.~-]+; Path=/api/auth; Max-Age=259\\d{4}; HttpOnly; SameSite=Strict$`),
    )
  })
})

describe('CK-05 a cookie without our stamp does nothing', () => {
  test('forged, altered, unsigned and misused tokens are no session, and change nothing', async () => {
    const victim = await signUp(server)
    const [header = '', payload = '', signature = ''] = victim.refreshToken.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid: string }
    const guessed = await importSecret(randomBytes(32), 'HS256', { kid })
    const pair = await generateKeyPair('ES256')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const forgeries = {
      'signed with a guessed secret': await sign(claims, guessed, { type: 'rt+jwt' }),
      'signed with a key of one’s own': await sign(claims, pair.privateKey, { type: 'rt+jwt' }),
      'not signed': `${encode({ alg: 'none', typ: 'rt+jwt' })}.${payload}.`,
      'not signed, under our key’s name': `${encode({ alg: 'none', typ: 'rt+jwt', kid })}.${payload}.`,
      'of a later generation': `${header}.${encode({ ...claims, gen: 1 })}.${signature}`,
      'of another session': `${header}.${encode({ ...claims, sid: crypto.randomUUID() })}.${signature}`,
      'without a signature': `${header}.${payload}.`,
      'an access token': victim.accessToken,
      'the session’s id': victim.sessionId,
    }
    const before = dumpDatabase(server.databaseFile)
    for (const [what, forged] of Object.entries(forgeries)) {
      const headers = [['Cookie', `${name}=${forged}`]] as const
      expect(codeOf(await server.ask('POST', 'refresh', { headers })), what).toBe('401 no_session')
      expect((await server.ask('POST', 'logout', { headers, json: { everywhere: true } })).status, what).toBe(204)
    }
    expect(dumpDatabase(server.databaseFile)).toBe(before)
    expect((await refresh([victim.cookie])).status).toBe(200)
  })

  test('a refresh token is no access token', async () => {
    const { refreshToken } = await signUp(server)
    const answer = await server.ask('GET', 'me', { headers: [['Authorization', `Bearer ${refreshToken}`]] })
    expect(codeOf(answer)).toBe('401 invalid_token')
  })

  test('no other cookie is listened to', async () => {
    const own = await signUp(server)
    const other = await signIn(server, own.email)
    const before = dumpDatabase(server.databaseFile)
    const cookies = [
      `hallpass-session=${other.sessionId}`,
      `session=${own.sessionId}`,
      `sub=${own.sessionId}`,
      `access_token=${own.accessToken}`,
    ]
    const headers = [['Cookie', cookies.join('; ')]] as const
    expect(codeOf(await server.ask('GET', 'me', { headers }))).toBe('401 token_required')
    expect(codeOf(await server.ask('POST', 'refresh', { headers }))).toBe('401 no_session')
    expect((await server.ask('POST', 'logout', { headers, json: { everywhere: true } })).status).toBe(204)
    expect(dumpDatabase(server.databaseFile)).toBe(before)
  })
})

describe('CK-06 the cookie is taken away under the attributes it was set with', () => {
  const attributes = (line: string) =>
    line
      .split('; ')
      .slice(1)
      .filter((part) => !part.startsWith('Max-Age'))
      .join('; ')
  const cases = [
    ['http://localhost:3000', 'path'],
    ['http://localhost:3000', 'host'],
    ['https://app.example.com', 'path'],
    ['https://app.example.com', 'host'],
  ] as const

  test.each(cases)('%s, mode %s', async (issuer, mode) => {
    const one = await startRealServer({ issuer, cookie: { mode } })
    try {
      const set = await one.ask('POST', 'register', { json: { email: newEmail(), password: PASSWORD } })
      const [pair = ''] = cookiePairs(set)
      const written = pair.split('=', 1)[0] ?? ''
      const cleared = await one.ask('POST', 'logout', { headers: [['Cookie', pair]] })
      const same = cleared.setCookies.filter((line) => line.startsWith(`${written}=;`))
      expect(same).toHaveLength(1)
      expect(same[0]).toContain('; Max-Age=0')
      expect(attributes(same[0] ?? '')).toBe(attributes(set.setCookies[0] ?? ''))
      // The other name may be left from before the mode was changed.
      expect(cleared.setCookies).toHaveLength(2)
    } finally {
      await one.close()
    }
  })

  test('a sign-out takes it away even when nobody was signed in, and refresh never does', async () => {
    const logout = await server.ask('POST', 'logout')
    expect([logout.status, logout.setCookies.length]).toEqual([204, 2])
    const own = await signUp(server)
    await server.ask('DELETE', `sessions/${own.sessionId}`, { headers: [bearer(own)] })
    for (const answer of [
      await refresh([]),
      await refresh([`${name}=x`]),
      await refresh([own.cookie]),
      await refresh([own.cookie], 'x'),
    ])
      expect([answer.status >= 400, answer.setCookies]).toEqual([true, []])
  })
})
