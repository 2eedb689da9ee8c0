// Attacks on refresh tokens (RT): copies, races, replays, what a stolen database is worth. Over HTTP, on a real file, with a
// clock that is moved. Elsewhere: RT-02 with several processes in tests/server/parallel-refresh.test.ts, RT-08 (killed between
// writes) in tests/faults/kill.test.ts, RT-12 (tabs, sleep, back button) in tests/browser.
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, cookiePairs, exchange } from '../support/http-exchange.ts'
import { bearer, type Device, newEmail, PASSWORD, signIn, signUp } from '../support/people.ts'
import { testClock } from '../support/in-process.ts'
import { createProofClient } from '../support/proof-client.ts'
import { type RealServer, startRealServer } from '../support/real-server.ts'

const SECOND = 1_000
const DAY = 86_400 * SECOND

let server: RealServer
// It stands still unless it is moved: the windows of the rotation are met exactly.
const clock = testClock()
const gone = new Set<string>()
beforeAll(async () => {
  server = await startRealServer({
    now: clock.now,
    // The application's own word on whether a person is still there.
    findUser: (id) => (gone.has(id) ? null : { id }),
  })
})
afterAll(() => server.close())

const post = (path: string, cookie: string, ...headers: readonly (readonly [string, string])[]) =>
  server.ask('POST', path, { headers: [['Cookie', cookie], ...headers] })
const refresh = (cookie: string) => post('refresh', cookie)
const me = async (device: Device) => (await server.ask('GET', 'me', { headers: [bearer(device)] })).status
const only = (answer: Answer): string => {
  const pairs = cookiePairs(answer)
  expect(pairs, answer.text).toHaveLength(1)
  return pairs[0] ?? ''
}
const outcome = () => server.events.findLast((event) => event.event === 'refresh')?.outcome

/** A definitive "you are signed out": nothing is given, and no cookie is touched. */
function expectEnded(answer: Answer): void {
  expect([answer.status, answer.json['code'], answer.setCookies]).toEqual([401, 'session_ended', []])
  expect(answer.json['accessToken']).toBeUndefined()
}

/** What the database keeps of it, asked past the server. */
function rowsOf(query: string, ...values: readonly string[]): readonly Record<string, unknown>[] {
  const file = new DatabaseSync(server.databaseFile, { readOnly: true })
  const rows = file
    .prepare(query)
    .all(...values)
    .map((row) => ({ ...row }))
  file.close()
  return rows
}

describe('RT-01 a rotated token is used again, out of step with its owner', () => {
  test('the session ends for both, no other does, and the audit says why', async () => {
    const email = newEmail('victim')
    const laptop = await signUp(server, email)
    const phone = await signIn(server, email)
    const copy = laptop.cookie
    clock.advance(31 * SECOND)
    const second = only(await refresh(copy))
    clock.advance(31 * SECOND)
    const third = only(await refresh(second))
    clock.advance(61 * SECOND)

    expectEnded(await refresh(copy))
    expect(outcome()).toBe('reused')
    for (const cookie of [third, second, copy]) expectEnded(await refresh(cookie))
    expect(await me(laptop)).toBe(401)
    expect(await me(phone)).toBe(200)
    expect((await refresh(phone.cookie)).status).toBe(200)
    const audit = rowsOf('select event from hallpass_audit where session_id = ?', laptop.sessionId)
    expect(audit.map(({ event }) => event)).toContain('session_ended_reuse')
    expect(server.events).toContainEqual(
      expect.objectContaining({ event: 'session_ended', sessionId: laptop.sessionId, reason: 'reuse' }),
    )
  })

  test('a thief who refreshes first is found out by the third refresh in turn', async () => {
    const victim = await signUp(server)
    clock.advance(31 * SECOND)
    const thief = only(await refresh(victim.cookie))
    clock.advance(61 * SECOND)
    const owner = only(await refresh(victim.cookie))
    expect(outcome()).toBe('recovered')
    clock.advance(61 * SECOND)
    expectEnded(await refresh(thief))
    expectEnded(await refresh(owner))
  })
})

test('RT-02 50 refreshes of one token at once: one rotation, one successor, one lineage', async () => {
  const ada = await signUp(server)
  clock.advance(31 * SECOND)
  const from = server.events.length
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(ada.cookie)))
  const successors = new Set(answers.map(only))
  expect(successors.size).toBe(1)
  const outcomes = server.events.slice(from).flatMap((event) => (event.event === 'refresh' ? [event.outcome] : []))
  expect(outcomes.toSorted()).toEqual([...Array.from({ length: 49 }, () => 'replayed'), 'rotated'])
  expect(rowsOf('select generation from hallpass_sessions where id = ?', ada.sessionId)).toEqual([{ generation: 1 }])
})

test('RT-03 reuse inside the window: the same successor with its cookie, and no second fork', async () => {
  const ada = await signUp(server)
  clock.advance(31 * SECOND)
  const first = await refresh(ada.cookie)
  for (const wait of [0, 10, 20]) {
    clock.advance(wait * SECOND)
    const again = await refresh(ada.cookie)
    expect([again.status, outcome()]).toEqual([200, 'replayed'])
    expect(only(again)).toBe(only(first))
  }
  expect(rowsOf('select generation, proven from hallpass_sessions where id = ?', ada.sessionId)).toEqual([
    { generation: 1, proven: 0 },
  ])
})

describe('RT-04 reuse inside the window, after the session ended', () => {
  const ways: Readonly<Record<string, (device: Device, successor: string) => Promise<unknown>>> = {
    'by logout': (_, successor) => post('logout', successor),
    'by logout everywhere': (_, successor) =>
      server.ask('POST', 'logout', { headers: [['Cookie', successor]], json: { everywhere: true } }),
    'by a changed password': (device, successor) =>
      server.ask('POST', 'password', {
        headers: [bearer(device), ['Cookie', successor]],
        json: { current: PASSWORD, next: 'quite another sentence' },
      }),
    'from another device': async (device) => {
      const other = await signIn(server, device.email)
      await server.ask('DELETE', `sessions/${device.sessionId}`, { headers: [bearer(other)] })
    },
    'by the application': (device) => server.auth.sessions.end(device.sessionId),
    'by the next sign-in in this browser': (device, successor) =>
      server.ask('POST', 'login', {
        headers: [['Cookie', successor]],
        json: { email: device.email, password: PASSWORD },
      }),
  }

  test.each(Object.keys(ways))('%s: refused, the old token and its successor', async (way) => {
    const ada = await signUp(server)
    clock.advance(31 * SECOND)
    const successor = only(await refresh(ada.cookie))
    expect((await refresh(ada.cookie)).status).toBe(200)
    await ways[way]?.(ada, successor)
    expectEnded(await refresh(ada.cookie))
    expectEnded(await refresh(successor))
    expect(await me(ada)).toBe(401)
  })
})

describe('RT-05 the answer is lost, and the client asks again', () => {
  test('inside the window it is given the same answer', async () => {
    const ada = await signUp(server)
    clock.advance(31 * SECOND)
    const lost = only(await refresh(ada.cookie))
    clock.advance(30 * SECOND)
    expect(only(await refresh(ada.cookie))).toBe(lost)
  })

  test('within the minute an access token but no cookie, and none of it is theft', async () => {
    const ada = await signUp(server)
    clock.advance(31 * SECOND)
    await refresh(ada.cookie)
    clock.advance(45 * SECOND)
    const late = await refresh(ada.cookie)
    expect([late.status, outcome(), late.setCookies]).toEqual([200, 'late', []])
  })

  test('later it goes on, once: the successor that nobody had shown is dead, and showing it is reuse', async () => {
    const ada = await signUp(server)
    clock.advance(31 * SECOND)
    const lost = only(await refresh(ada.cookie))
    clock.advance(6 * DAY)
    const recovered = only(await refresh(ada.cookie))
    expect(outcome()).toBe('recovered')
    expect(recovered).not.toBe(lost)
    clock.advance(61 * SECOND)
    expectEnded(await refresh(lost))
    expect(outcome()).toBe('reused')
    expectEnded(await refresh(recovered))
  })
})

test('RT-06 a token that logout ended, replayed: 401, and no other session is harmed', async () => {
  const email = newEmail('two-devices')
  const laptop = await signUp(server, email)
  const phone = await signIn(server, email)
  await post('logout', laptop.cookie)
  for (const wait of [0, 31, 61, 3_600]) {
    clock.advance(wait * SECOND)
    expectEnded(await refresh(laptop.cookie))
    expect(outcome()).toBe('ended')
  }
  // Also not by signing the dead one out again, alone or everywhere.
  await server.ask('POST', 'logout', { headers: [['Cookie', laptop.cookie]], json: { everywhere: true } })
  expect((await refresh(phone.cookie)).status).toBe(200)
})

test('RT-07 near the absolute end no rotation extends it: not the cookie, not the token, not the session', async () => {
  const ada = await signUp(server)
  const end = clock.now() + 30 * DAY
  let { cookie } = ada
  for (let days = 0; days < 29; days += 5) {
    clock.advance(5 * DAY - (days === 25 ? 60 * SECOND : 0))
    const answer = await refresh(cookie)
    cookie = only(answer)
    const left = (end - clock.now()) / SECOND
    const maxAge = Number(/Max-Age=(\d+)/.exec(answer.setCookies[0] ?? '')?.[1])
    expect(maxAge).toBeLessThanOrEqual(left)
    expect(answer.json['expiresIn']).toBeLessThanOrEqual(Math.min(900, left))
    const [, payload = ''] = String(answer.json['accessToken']).split('.')
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly exp: number }
    expect(exp * SECOND).toBeLessThanOrEqual(end)
  }
  clock.advance(61 * SECOND)
  expectEnded(await refresh(cookie))
  expect(await me({ ...ada, cookie })).toBe(401)
})

describe('RT-09 the person is gone, the session lives', () => {
  test('disabled: refused at once, by refresh and by the guard', async () => {
    const ada = await signUp(server)
    const account = await server.auth.accounts.findByEmail(ada.email)
    await server.auth.sessions.disable(account?.id ?? '')
    expectEnded(await refresh(ada.cookie))
    expect(await me(ada)).toBe(401)
    const login = await server.ask('POST', 'login', { json: { email: ada.email, password: PASSWORD } })
    expect([login.status, login.json['code']]).toEqual([403, 'account_disabled'])
  })

  test('deleted where the application keeps its users: the next refresh ends the session', async () => {
    const ada = await signUp(server)
    const account = await server.auth.accounts.findByEmail(ada.email)
    gone.add(account?.id ?? '')
    expectEnded(await refresh(ada.cookie))
    expect(await me(ada)).toBe(401)
    gone.clear()
    expectEnded(await refresh(ada.cookie))
  })
})

describe('RT-10 the database is stolen', () => {
  test('no token in it, nor what one is made of: not the nonce, not a private key, not the secret', async () => {
    const ada = await signUp(server)
    clock.advance(31 * SECOND)
    const successor = only(await refresh(ada.cookie))
    const bytes = ['', '-wal'].map((suffix) => readFileSync(`${server.databaseFile}${suffix}`, 'latin1')).join('')
    expect(bytes).toContain(ada.sessionId)
    for (const cookie of [ada.cookie, successor]) {
      const token = cookie.slice(cookie.indexOf('=') + 1)
      const [header = '', payload = '', signature = ''] = token.split('.')
      const { nonce } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly nonce: string }
      const raw = Buffer.from(nonce, 'base64url')
      expect(raw).toHaveLength(16)
      const pieces = [
        token,
        `${header}.${payload}`,
        payload,
        signature,
        nonce,
        raw.toString('hex'),
        raw.toString('latin1'),
      ]
      for (const piece of pieces) expect(bytes.includes(piece)).toBe(false)
    }
    for (const piece of ada.accessToken.split('.').slice(1)) expect(bytes.includes(piece)).toBe(false)
    expect(bytes).not.toContain('"d":')
    expect(bytes).not.toContain('hps1_')
    expect(bytes).not.toContain(PASSWORD)
  })

  test('nothing that stands in it is taken for a token', async () => {
    await signUp(server)
    const tables = rowsOf("select name from sqlite_master where type = 'table'")
    const values = new Set(
      tables
        .flatMap(({ name }) => rowsOf(`select * from "${String(name)}"`))
        .flatMap((row) => Object.values(row))
        .filter((value): value is string => typeof value === 'string' && /^[\w.-]+$/.test(value)),
    )
    expect(values.size).toBeGreaterThan(10)
    const name = new URL(server.issuer).port
    for (const value of values) {
      const answer = await refresh(`hallpass-${name}=${value}`)
      expect([answer.status, answer.json['code'], answer.setCookies]).toEqual([401, 'no_session', []])
    }
  })
})

test('RT-11 a session that is bound to a key, refreshed without a proof: refused, and its holder keeps it', async () => {
  const client = await createProofClient(server.issuer)
  const json = { email: newEmail(), password: PASSWORD }
  const ada = await client.ask(server, 'POST', 'register', { json })
  expect([ada.status, ada.json['tokenType']]).toEqual([201, 'DPoP'])
  const cookie = ada.setCookies[0]?.split(';', 1)[0] ?? ''
  const { id } = ada.json['session'] as { readonly id: string }
  for (const wait of [0, 31, 61]) {
    clock.advance(wait * SECOND)
    const answer = await refresh(cookie)
    expect([answer.status, answer.json['code'], answer.setCookies]).toEqual([401, 'proof_required', []])
  }
  expect(rowsOf('select generation, ended_at from hallpass_sessions where id = ?', id)).toEqual([
    { generation: 0, ended_at: null },
  ])
  const proven = await client.ask(server, 'POST', 'refresh', { headers: [['Cookie', cookie]] })
  expect([proven.status, proven.json['tokenType']]).toEqual([200, 'DPoP'])
})

test('RT-13 a refresh token as bearer, in the body, in the query or in another cookie is ignored', async () => {
  const ada = await signUp(server)
  const token = ada.refreshToken
  const tries: readonly (() => Promise<Answer>)[] = [
    () => server.ask('POST', 'refresh', { headers: [['Authorization', `Bearer ${token}`]] }),
    () => server.ask('POST', `/api/auth/refresh?refresh_token=${token}`),
    () => server.ask('POST', 'refresh', { headers: [['Cookie', `refreshToken=${token}; hallpass=${token}`]] }),
    () => server.ask('POST', 'refresh', { headers: [['X-Refresh-Token', token]] }),
    () => server.ask('POST', 'refresh', { json: { refreshToken: token, refresh_token: token } }),
    () => server.ask('POST', 'refresh', { headers: [['Authorization', `Bearer ${ada.accessToken}`]] }),
  ]
  for (const attempt of tries) {
    const answer = await attempt()
    expect([answer.status, answer.json['code'], answer.setCookies]).toEqual([401, 'no_session', []])
  }
  // Nor is it a bearer token, and an access token is no refresh token.
  const asBearer = await server.ask('GET', 'me', { headers: [['Authorization', `Bearer ${token}`]] })
  expect([asBearer.status, asBearer.json['code']]).toEqual([401, 'invalid_token'])
  const name = ada.cookie.slice(0, ada.cookie.indexOf('='))
  expect((await refresh(`${name}=${ada.accessToken}`)).json['code']).toBe('no_session')
  // GET changes nothing: it is not a refresh at all.
  const got = await exchange(server.address, 'GET', '/api/auth/refresh', { headers: [['Cookie', ada.cookie]] })
  expect([405, 404]).toContain(got.status)
})
