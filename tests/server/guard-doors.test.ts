// The four doors of the guard give the same answers to the same requests: alone, under a path prefix, and behind something that has
// read the body already.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGuard, createRevocationView, KeysUnavailable, type Guard } from '@hallpass/guard'
import { generateKeyPair, sign, type Key } from '@hallpass/token'
import { APP_COOKIES, APP_VARY, frameworks, type App } from '../support/frameworks.ts'
import { exchange } from '../support/http-exchange.ts'

const ISSUER = 'https://example.com'
const AUDIENCE = 'https://api.example.com'

let privateKey: Key
let guard: Guard
let keysAway = false
const view = createRevocationView()

beforeAll(async () => {
  const pair = await generateKeyPair('ES256')
  privateKey = pair.privateKey
  const find = (header: { readonly kid?: string }) => {
    if (keysAway) throw new KeysUnavailable('for this test')
    return header.kid === pair.publicKey.kid ? pair.publicKey : undefined
  }
  guard = createGuard({ issuer: ISSUER, audience: AUDIENCE, keys: { find }, algorithms: ['ES256'], revocations: view })
})

const mint = (claims: Readonly<Record<string, unknown>> = {}) => {
  const iat = Math.floor(Date.now() / 1000)
  const own = { iss: ISSUER, aud: AUDIENCE, sub: 'user-1', sid: 'session-1', jti: 'token-1', iat, exp: iat + 900 }
  return sign({ ...own, auth_time: iat, amr: ['pwd'], ...claims }, privateKey, { type: 'at+jwt' })
}

const setUps = Object.entries(frameworks).flatMap(([name, start]) =>
  [
    { bodyFirst: false, prefix: undefined },
    { bodyFirst: true, prefix: undefined },
    { bodyFirst: false, prefix: '/tenant' },
    { bodyFirst: true, prefix: '/tenant' },
  ].map(({ bodyFirst, prefix }) => ({ name, start, bodyFirst, prefix })),
)

describe.each(setUps)('$name, body read first: $bodyFirst, under $prefix', ({ start, bodyFirst, prefix }) => {
  let app: App
  beforeAll(async () => {
    app = await start({
      // Half of the set-ups ask a guard that answers by promise, as one does whose keys must be fetched.
      guard: { check: (header) => (bodyFirst ? guard.check(header) : Promise.resolve(guard.check(header))) },
      bodyFirst,
      ...(prefix !== undefined && { prefix }),
    })
  })
  afterAll(() => app.close())

  const path = `${prefix ?? ''}/api/profile`
  const ask = (method: string, headers: readonly (readonly [string, string])[], json?: unknown) =>
    exchange(app.address, method, path, { headers, ...(json !== undefined && { json }) })

  test.each(['GET', 'POST'])('%s with a valid token gets in, and the handler knows who it is', async (method) => {
    const token = await mint({ sub: 'Zoë', sid: 'session-7' })
    const answer = await ask(method, [['Authorization', `Bearer ${token}`]], method === 'POST' ? { a: 1 } : undefined)
    expect(answer).toMatchObject({ status: 200, json: { subject: 'Zoë', sessionId: 'session-7' } })
  })

  test('no token: 401, and a challenge without an error (RFC 6750, 3.1)', async () => {
    const before = app.handled()
    const answer = await ask('GET', [])
    expect(answer).toMatchObject({ status: 401, code: 'token_required' })
    expect(answer.headers).toMatchObject({
      'www-authenticate': 'Bearer',
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(app.handled()).toBe(before)
  })

  test('an invalid token: 401 with error="invalid_token", and the handler does not run', async () => {
    const before = app.handled()
    const token = await mint({ exp: Math.floor(Date.now() / 1000) - 60 })
    for (const json of [undefined, { a: 1 }]) {
      const answer = await ask(json === undefined ? 'GET' : 'POST', [['Authorization', `Bearer ${token}`]], json)
      expect(answer).toMatchObject({ status: 401, code: 'invalid_token' })
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    }
    expect(app.handled()).toBe(before)
  })

  test('a session that was ended is refused from the next request on', async () => {
    const sid = `session-${app.address}`
    const token = await mint({ sid })
    expect(await ask('GET', [['Authorization', `Bearer ${token}`]])).toMatchObject({ status: 200 })
    view.end(sid, Math.floor(Date.now() / 1000) + 900)
    expect(await ask('GET', [['Authorization', `Bearer ${token}`]])).toMatchObject({
      status: 401,
      code: 'invalid_token',
    })
  })

  test('keys out of reach: 503 with Retry-After, so that no client throws its token away', async () => {
    keysAway = true
    const answer = await ask('GET', [['Authorization', `Bearer ${await mint()}`]])
    keysAway = false
    expect(answer).toMatchObject({ status: 503, code: 'keys_unavailable' })
    expect(answer.headers).toMatchObject({ 'retry-after': '5', 'cache-control': 'no-store' })
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  test('what the application put on the answer stays on it, refused or not', async () => {
    for (const headers of [[], [['Authorization', `Bearer ${await mint()}`]]] as const) {
      const answer = await ask('GET', headers)
      expect(answer.setCookies).toEqual(APP_COOKIES)
      expect(answer.headers['vary']).toBe(APP_VARY)
    }
  })

  test('nothing reached the error handling of the application', () => {
    expect(app.errors).toEqual([])
  })
})

describe.each(Object.entries(frameworks))('%s', (_, start) => {
  test('a guard that breaks is a 500 and never lets anybody in', async () => {
    const bug = new Error('a bug')
    for (const check of [
      () => Promise.reject(bug),
      () => {
        throw bug
      },
    ]) {
      const app = await start({ guard: { check } })
      const answer = await exchange(app.address, 'GET', '/api/profile', {})
      expect(answer.status).toBe(500)
      expect(app.handled()).toBe(0)
      expect(app.errors).toEqual([bug])
      await app.close()
    }
  })
})
