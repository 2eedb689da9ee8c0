// Everything the doctor looks at, good and bad: facts of a store as an operator's door tells them, and an issuer as real sockets answer in its
// name. The command itself, beside a running server, is in tests/server/operator-commands.test.ts.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import type { KeyInfo } from '@hallpass/server'
import { cookieFinding } from './cookie-finding.ts'
import type { Finding } from './finding.ts'
import { issuerFindings } from './issuer-findings.ts'
import { settingsFindings } from './settings-findings.ts'
import { storeFindings } from './store-findings.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 1)
const summary = (findings: readonly Finding[], about: string) =>
  findings
    .filter((finding) => finding.about === about)
    .map(({ state, words, advice }) => [state, words, advice ?? ''].join(' | '))

describe('the store', () => {
  const key = (given: Partial<KeyInfo> = {}): KeyInfo => ({
    kid: 'kid-1',
    algorithm: 'ES256',
    createdAt: NOW - DAY,
    signsFrom: NOW - DAY,
    state: 'signing',
    ...given,
  })
  const postgres = {
    server_version: '18.0',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    synchronous_standby_names: 'standby1',
  }
  const look = (facts: {
    readonly offset?: number
    readonly settings?: Readonly<Record<string, string>>
    readonly keys?: readonly KeyInfo[]
    readonly seen?: readonly string[]
  }) =>
    storeFindings(
      {
        clockOffset: async () => facts.offset ?? 0,
        databaseSettings: async () => facts.settings ?? postgres,
        keys: { list: async () => facts.keys ?? [key()] },
        secrets: async () => ({ seen: facts.seen ?? ['aaaa'], loaded: ['aaaa'] }),
        recoveringUntil: async () => undefined,
      },
      NOW,
    )

  test('as it should be, nothing is to be done', async () => {
    const findings = await look({})
    expect(findings.map(({ about }) => about)).toEqual(expect.arrayContaining(['clock', 'database', 'keys', 'secret']))
    expect(findings.filter(({ state }) => state !== 'good')).toEqual([])
    expect(findings.filter(({ advice }) => advice !== undefined)).toEqual([])
  })

  test.each([
    [1_900, 'good'],
    [2_100, 'warning'],
    [-2_100, 'warning'],
    [5_100, 'bad'],
    [-5_100, 'bad'],
  ])('a clock that is %i ms off is %s', async (offset, state) => {
    const [clock = ''] = summary(await look({ offset }), 'clock')
    expect(clock.split(' | ')[0]).toBe(state)
    if (state !== 'good') expect(clock).toMatch(offset > 0 ? /ahead of .+ time service/ : /behind .+ time service/)
  })

  test.each(['fsync', 'full_page_writes', 'synchronous_commit'])('PostgreSQL with %s off is bad', async (name) => {
    const [durability = ''] = summary(await look({ settings: { ...postgres, [name]: 'off' } }), 'database')
    expect(durability).toMatch(new RegExp(`^bad .*${name} off.*set ${name} to on`))
  })

  test('no standby that confirms is a warning that says what would be lost', async () => {
    const [, standby = ''] = summary(
      await look({ settings: { ...postgres, synchronous_standby_names: '' } }),
      'database',
    )
    expect(standby).toMatch(/^warning .*come back to life.*synchronous_standby_names/)
  })

  test('SQLite is good with WAL and synchronous=FULL, and bad otherwise', async () => {
    const sqlite = (synchronous: string) => look({ settings: { journal_mode: 'wal', synchronous } })
    expect(summary(await sqlite('full'), 'database')[0]).toMatch(/^good/)
    expect(summary(await sqlite('normal'), 'database')[0]).toMatch(/^bad .*synchronous=normal/)
  })

  test('keys: none that signs is bad, an old one is a warning', async () => {
    expect(summary(await look({ keys: [key({ state: 'revoked' })] }), 'keys')[0]).toMatch(
      /^bad .*no key signs.*keys rotate/,
    )
    expect(summary(await look({ keys: [key({ signsFrom: NOW - 119 * DAY })] }), 'keys')[0]).toMatch(/^good/)
    expect(summary(await look({ keys: [key({ signsFrom: NOW - 121 * DAY })] }), 'keys')[0]).toMatch(
      /^warning .*121 days/,
    )
  })

  test('a secret that this store has seen and that is not loaded is named by its fingerprint', async () => {
    expect(summary(await look({ seen: ['aaaa', 'bbbb'] }), 'secret')[0]).toMatch(/^warning .*bbbb.*load them behind/)
  })
})

describe('the settings', () => {
  const settings = (given: Partial<Parameters<typeof settingsFindings>[0]>) =>
    settingsFindings({
      issuer: 'https://app.example.com',
      production: 'the issuer is public',
      trustedProxyHops: 1,
      testClock: false,
      ...given,
    })

  test('an https issuer without a proxy that is trusted is a warning: all clients would have one address', () => {
    expect(settings({}).every(({ state }) => state === 'good')).toBe(true)
    expect(summary(settings({ trustedProxyHops: 0 }), 'proxy')[0]).toMatch(/^warning .*TRUSTED_PROXY_HOPS/)
    const loopback = { issuer: 'http://localhost:3000', production: undefined, trustedProxyHops: 0 }
    expect(settings(loopback).every(({ state }) => state === 'good')).toBe(true)
  })

  test('a clock that tests can move is bad', () => {
    expect(summary(settings({ production: undefined, testClock: true }), 'clock')[0]).toMatch(/^bad/)
  })
})

describe('the cookie', () => {
  const https = 'https://app.example.com'
  const good = '__Http-hallpass=; Path=/api/auth; Max-Age=0; HttpOnly; Secure; SameSite=Strict'

  test.each([
    ['as the server sends it', [good], 'good'],
    ['in the mode for hosts with siblings', ['__Host-Http-hallpass=; Path=/; HttpOnly; Secure; SameSite=Lax'], 'good'],
    ['taken away by a proxy', [], 'none comes through'],
    ['without Secure', [good.replace('; Secure', '')], 'not Secure'],
    ['without HttpOnly', [good.replace('; HttpOnly', '')], 'not HttpOnly'],
    ['without SameSite', [good.replace('; SameSite=Strict', '')], 'no SameSite'],
    ['for every site', [good.replace('Strict', 'None')], 'no SameSite'],
    ['with its path rewritten', [good.replace('/api/auth', '/')], 'another Path'],
    ['for the whole domain', [`${good}; Domain=example.com`], 'Domain'],
    ['of the http mode', ['hallpass-443=; Path=/api/auth; HttpOnly; SameSite=Strict; Secure'], 'a script can plant'],
  ])('%s', (_, lines, said) => {
    const { state, words } = cookieFinding(https, lines)
    expect(state).toBe(said === 'good' ? 'good' : 'bad')
    if (said !== 'good') expect(words).toContain(said)
  })

  test('under http, on this machine alone, it is not Secure', () => {
    const line = 'hallpass-3000=; Path=/api/auth; HttpOnly; SameSite=Strict'
    const host = 'hallpass-3000-host=; Path=/; HttpOnly; SameSite=Strict'
    expect(cookieFinding('http://localhost:3000', [host, line]).state).toBe('good')
    expect(cookieFinding('http://localhost:3000', [`${line}; Secure`]).state).toBe('bad')
  })
})

describe('the issuer', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })
  type Answers = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>

  const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    ((_, response) => void response.writeHead(status, headers).end(JSON.stringify(body))) satisfies Answers[string]
  const stream = { 'content-type': 'text/event-stream' }
  const well: Answers = {
    '/api/auth/jwks': json(200, { keys: [{ kid: 'kid-1' }] }, { 'cache-control': 'public, max-age=600' }),
    '/api/auth/refresh': json(401, { code: 'no_session' }),
    '/api/auth/logout': json(204, undefined, {
      'set-cookie': 'hallpass-1=; Path=/api/auth; Max-Age=0; HttpOnly; SameSite=Strict',
    }),
    '/api/auth/revocations': (_, response) => void response.writeHead(200, stream).write('event: list\n\n'),
  }

  async function look(instead: Answers, patience?: number): Promise<readonly Finding[]> {
    const server = createServer((request, response) => {
      const answer = { ...well, ...instead }[request.url ?? '']
      if (answer === undefined) response.writeHead(404).end()
      else answer(request, response)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    })
    return issuerFindings(`http://127.0.0.1:${(server.address() as { port: number }).port}`, 'kid-1', patience)
  }

  test('that answers as it should', async () => {
    expect((await look({})).map(({ about, state }) => [about, state])).toEqual([
      ['key set', 'good'],
      ['endpoints', 'good'],
      ['cookie', 'good'],
      ['sign-out stream', 'good'],
    ])
  })

  test('that does not answer is one bad finding, and nothing else is asked', async () => {
    const findings = await issuerFindings('http://127.0.0.1:1', 'kid-1')
    expect(findings).toHaveLength(1)
    expect(summary(findings, 'key set')[0]).toMatch(/^bad .*does not answer.*HALLPASS_ISSUER/)
  })

  const keys = { keys: [{ kid: 'kid-1' }] }
  test.each<readonly [string, string, Answers, RegExp]>([
    ['answers with a page of somebody else', 'key set', { '/api/auth/jwks': json(302, '') }, /^bad .*answers 302/],
    [
      'publishes other keys',
      'key set',
      { '/api/auth/jwks': json(200, { keys: [{ kid: 'other' }] }) },
      /^bad .*does not publish/,
    ],
    [
      'lets its keys be kept by nobody',
      'key set',
      { '/api/auth/jwks': json(200, keys, { 'cache-control': 'no-store' }) },
      /^warning .*not be cached/,
    ],
    [
      'lets its keys be kept for a day',
      'key set',
      { '/api/auth/jwks': json(200, keys, { 'cache-control': 'max-age=86400' }) },
      /^warning .*86400/,
    ],
    [
      'loses Origin on the way',
      'endpoints',
      { '/api/auth/refresh': json(403, { code: 'forbidden_origin' }) },
      /^bad .*Sec-Fetch/,
    ],
    [
      'has an answer of its own for a 401',
      'endpoints',
      { '/api/auth/refresh': json(401, '<html>') },
      /^bad .*not our answer/,
    ],
    ['takes the cookie away', 'cookie', { '/api/auth/logout': json(204, undefined) }, /^bad .*none comes through/],
    [
      'answers the stream with a page of its own',
      'sign-out stream',
      { '/api/auth/revocations': json(502, '') },
      /^warning .*buffering/,
    ],
  ])('that %s', async (_, about, instead, said) => {
    expect(summary(await look(instead), about)[0]).toMatch(said)
  })
  test('that gathers the stream up before it sends it', async () => {
    const headOnly: Answers[string] = (_, response) => response.writeHead(200, stream).flushHeaders()
    const findings = await look({ '/api/auth/revocations': headOnly }, 50)
    expect(summary(findings, 'sign-out stream')[0]).toMatch(/^warning .*buffering/)
  })
})
