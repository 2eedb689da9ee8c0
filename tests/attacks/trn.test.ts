// Group TRN of the attack corpus: how a token travels. Each attack goes over a real socket through every door: the guard in each of the
// four frameworks, and the bearer endpoints of the real server mounted beside it.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateSecret, hallpass, type Hallpass } from '@hallpass/server'
import { generateKeyPair, sign } from '@hallpass/token'
import { frameworks, type App } from '../support/frameworks.ts'
import { exchange, type Answer } from '../support/http-exchange.ts'
import { newEmail, PASSWORD } from '../support/people.ts'

const ISSUER = 'http://localhost:3000'
/** The application's own route behind the guard's door, and the server's own behind its table of routes. */
const PATHS = ['/api/profile', '/api/auth/me', '/api/auth/verify']

type Headers = readonly (readonly [name: string, value: string])[]

const directory = mkdtempSync(join(tmpdir(), 'hallpass-trn-'))
let moved = 0
let auth: Hallpass

beforeAll(async () => {
  const now = () => Date.now() + moved
  auth = await hallpass({ issuer: ISSUER, secret: generateSecret(), database: join(directory, 'hallpass.db'), now })
})
afterAll(async () => {
  await auth.close()
  rmSync(directory, { recursive: true, force: true })
})

describe.each(Object.entries(frameworks))('%s', (_, start) => {
  let app: App
  let token: string
  let refreshToken: string

  const signUp = async () => {
    const json = { email: newEmail(), password: PASSWORD }
    const answer = await exchange(app.address, 'POST', '/api/auth/register', { json })
    expect(answer.status).toBe(201)
    const cookie = answer.setCookies.find((line) => line.startsWith('hallpass-')) ?? ''
    return { token: String(answer.json['accessToken']), cookie, refresh: /=([^;]+)/.exec(cookie)?.[1] ?? '' }
  }
  beforeAll(async () => {
    app = await start({ guard: auth.guard, auth })
    const device = await signUp()
    token = device.token
    refreshToken = device.refresh
  })
  afterAll(() => app.close())

  /** The same request at each guarded path. */
  const everywhere = async (headers: Headers, query = '', method = 'GET', body?: string): Promise<readonly Answer[]> =>
    Promise.all(
      PATHS.filter((path) => method === 'GET' || path === '/api/profile').map((path) =>
        exchange(app.address, method, path + query, { headers, ...(body !== undefined && { body }) }),
      ),
    )
  const expectAll = (answers: readonly Answer[], status: number, code = '') => {
    expect(answers.map((answer) => `${answer.status} ${answer.code}`)).toEqual(answers.map(() => `${status} ${code}`))
    const challenge = { token_required: 'Bearer', invalid_token: 'Bearer error="invalid_token"' }[code]
    expect(answers.map(({ headers }) => headers['www-authenticate'])).toEqual(answers.map(() => challenge))
  }

  test('TRN-01: a valid token under another scheme is no bearer token', async () => {
    expectAll(await everywhere([['Authorization', `Bearer ${token}`]]), 200)
    const basic = Buffer.from(`user:${token}`).toString('base64')
    const others = ['Basic', 'Token', 'JWT', 'Digest', 'Negotiate', 'Bearerx', 'xBearer', 'Bearer-Token', 'Bearer:']
    for (const value of [...others.map((scheme) => `${scheme} ${token}`), `Basic ${basic}`, token, `:${token}`])
      expectAll(
        await everywhere([['Authorization', value]]),
        401,
        value.startsWith('Bearer:') ? 'invalid_token' : 'token_required',
      )
    // The scheme of tokens that are bound to a key (DPP-11), which this one is not.
    const bound = await everywhere([['Authorization', `DPoP ${token}`]])
    expect(bound.map(({ status, code }) => `${status} ${code}`)).toEqual(bound.map(() => '401 invalid_token'))
    expectAll(await everywhere([['Proxy-Authorization', `Bearer ${token}`]]), 401, 'token_required')
  })

  test('TRN-02: the scheme in any case, spaces, and exactly one token behind them', async () => {
    for (const value of [`bearer ${token}`, `BEARER ${token}`, `bEARER ${token}`, `Bearer   ${token}`])
      expectAll(await everywhere([['Authorization', value]]), 200)
    // Space around a header's value is not part of it (RFC 9110, 5.5): it is gone before anybody reads it.
    expectAll(await everywhere([['Authorization', ` Bearer ${token} \t`]]), 200)
    for (const value of [
      `Bearer\t${token}`,
      `Bearer \t${token}`,
      `Bearer ${token} x`,
      `Bearer ${token} ${token}`,
      'Bearer',
    ])
      expectAll(await everywhere([['Authorization', value]]), 401, 'invalid_token')
    for (const value of [
      `Bearer "${token}"`,
      `Bearer '${token}'`,
      `Bearer <${token}>`,
      `Bearer token=${token}`,
      `Bearer ${token};`,
    ])
      expectAll(await everywhere([['Authorization', value]]), 401, 'invalid_token')
  })

  test('TRN-03: two Authorization headers, or a list in one, are refused, whichever of them is good', async () => {
    const [good, bad, basic] = [`Bearer ${token}`, 'Bearer x', 'Basic dXNlcjpwYXNz']
    for (const pair of [
      [good, good],
      [good, bad],
      [bad, good],
      [basic, good],
      [good, basic],
      [good, ''],
    ] as const) {
      expectAll(
        await everywhere([
          ['Authorization', pair[0]],
          ['Authorization', pair[1]],
        ]),
        401,
        'invalid_token',
      )
      expectAll(
        await everywhere([
          ['authorization', pair[0]],
          ['AUTHORIZATION', pair[1]],
        ]),
        401,
        'invalid_token',
      )
      expectAll(await everywhere([['Authorization', `${pair[0]}, ${pair[1]}`]]), 401, 'invalid_token')
    }
    expectAll(await everywhere([['Authorization', `Bearer ${token},${token}`]]), 401, 'invalid_token')
  })

  test('TRN-04: a token in the query, a body, a cookie or another header is not looked at', async () => {
    const refused = async (answers: Promise<readonly Answer[]>) => expectAll(await answers, 401, 'token_required')
    for (const name of ['access_token', 'token', 'jwt', 'authorization', 'bearer'])
      await refused(everywhere([], `?${name}=${name === 'authorization' ? 'Bearer%20' : ''}${token}`))
    for (const name of ['access_token', 'token', 'Authorization', '__Http-hallpass', 'hallpass-3000'])
      await refused(everywhere([['Cookie', `${name}=${token}`]]))
    for (const name of [
      'X-Access-Token',
      'X-Authorization',
      'X-Forwarded-Authorization',
      'X-Original-Authorization',
      'Token',
    ])
      await refused(everywhere([[name, `Bearer ${token}`]]))
    const form = [['Content-Type', 'application/x-www-form-urlencoded']] as const
    await refused(everywhere(form, '', 'POST', `access_token=${token}`))
    await refused(
      everywhere([['Content-Type', 'application/json']], '', 'POST', JSON.stringify({ access_token: token })),
    )
    // Beside a good header it changes nothing either.
    const header = ['Authorization', `Bearer ${token}`] as const
    expectAll(await everywhere([header, ['Cookie', 'access_token=x']], '?access_token=x'), 200)
  })

  test('TRN-05: whatever is in the header, the answer is 401 and never 500', async () => {
    const odd =
      '. .. ... a.b.c null undefined true %00 % %zz = ==== ~ /../../ e30.e30. e30.e30.e30 W10.W10.W10 bnVsbA.bnVsbA.bnVsbA'
    const altered = [
      `${token}.`,
      `.${token}`,
      `${token}=`,
      token.slice(0, -1),
      token.slice(1),
      token.replaceAll('.', '%2E'),
    ]
    const tokens = [...odd.split(' '), ...altered, token.replace('.', ' '), 'A'.repeat(10_000)]
    for (const value of tokens)
      expectAll(await everywhere([['Authorization', `Bearer ${value}`]]), 401, 'invalid_token')
    // Bytes that no client library sends. What is no HTTP at all is the parser's to refuse.
    for (const bytes of [
      'Bearer 🎫',
      'Bearer é',
      '🎫 x',
      '\u0001',
      'Bearer \u0000',
      'Bearer\u00a0x',
      '\u00ff'.repeat(100),
    ])
      for (const path of PATHS)
        expect(['400', '401'], JSON.stringify(bytes)).toContain(await statusOf(app, path, bytes))
    expect(app.errors).toEqual([])
  })

  test('TRN-06: nobody can tell from the answer what was wrong with a token', async () => {
    const old = await signUp()
    moved += 16 * 60_000
    const [fresh, ended] = [await signUp(), await signUp()]
    await exchange(app.address, 'POST', '/api/auth/logout', {
      headers: [['Cookie', ended.cookie.split(';', 1)[0] ?? '']],
    })
    const claims = JSON.parse(Buffer.from(fresh.token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >
    const { privateKey } = await generateKeyPair('ES256')
    const [header = '', payload = '', signature = ''] = fresh.token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    const invalid = {
      expired: old.token,
      ended: ended.token,
      'signed by a stranger': await sign(claims, privateKey, { type: 'at+jwt' }),
      'of another type': await sign(claims, privateKey, { type: 'JWT' }),
      'a refresh token': refreshToken,
      unsigned: `${none}.${payload}.`,
      'without its signature': `${header}.${payload}.`,
      'with another signature': `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      'with other claims': `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')}.${signature}`,
      garbage: 'garbage',
    }
    expectAll(await everywhere([['Authorization', `Bearer ${fresh.token}`]]), 200)
    for (const [index, path] of PATHS.entries()) {
      const seen = new Set<string>()
      for (const value of Object.values(invalid)) {
        const answer = (await everywhere([['Authorization', `Bearer ${value}`]]))[index]
        const { date: _date, ...headers } = answer?.headers ?? {}
        seen.add(JSON.stringify([answer?.status, headers, answer?.text]))
      }
      expect([...seen], path).toHaveLength(1)
      expect([...seen][0]).toContain('401')
      expect([...seen][0]).toContain('urn:hallpass:problem:invalid_token')
    }
  })
})

/** The status of a request whose Authorization header is these bytes, in UTF-8. */
async function statusOf(app: App, path: string, authorization: string): Promise<string | undefined> {
  const { hostname, port } = new URL(app.address)
  const socket = connect(Number(port), hostname)
  socket.end(
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\n\r\n`),
  )
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  await once(socket, 'close')
  return /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
}
