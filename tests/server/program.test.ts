// `hallpass serve` as a process on real sockets: what one does with curl and a cookie jar, from signing up to signing out, and
// what the program says of itself.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookiePairs } from '../support/http-exchange.ts'
import { startProgram, type Program } from '../support/program.ts'

const MINUTE = 60_000
const person = { email: 'ada@example.com', password: 'a difference engine of words', name: 'Ada' }

let program: Program
beforeAll(async () => {
  program = await startProgram({ testClock: true })
})
afterAll(() => program.close())

const bearer = (token: unknown) => ({ headers: [['Authorization', `Bearer ${String(token)}`]] as const })
const cookie = (pair: string | undefined) => ({ headers: [['Cookie', pair ?? '']] as const })

test('it says once that it is ready, and is healthy then', async () => {
  expect(program.output().match(/ready on /g)).toHaveLength(1)
  expect(program.output()).toContain(`ready on ${program.origin}`)
  const { status, json } = await program.ask('GET', '/healthz')
  expect([status, json]).toEqual([200, { status: 'ok' }])
})

test('with a cookie jar: sign up, sign in, profile, refresh, sign out', async () => {
  const registered = await program.ask('POST', '/api/auth/register', { json: person })
  expect(registered.status).toBe(201)

  const login = await program.ask('POST', '/api/auth/login', { json: person })
  expect(login.status).toBe(200)
  expect(login.json).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { email: person.email, name: 'Ada' } })
  expect(login.setCookies).toHaveLength(1)
  expect(login.setCookies[0]).toMatch(
    new RegExp(`^hallpass-${program.port}=[\\w.-]+; Path=/api/auth; Max-Age=\\d+; HttpOnly; SameSite=Strict$`),
  )
  const [jar] = cookiePairs(login)
  expect(login.text).not.toContain(jar?.split('=')[1])

  const profile = await program.ask('GET', '/api/profile', bearer(login.json['accessToken']))
  expect(profile.status).toBe(200)
  expect(profile.json).toMatchObject({ email: person.email, name: 'Ada', signedInBy: ['pwd'] })

  await program.advance(MINUTE)
  const refreshed = await program.ask('POST', '/api/auth/refresh', cookie(jar))
  expect(refreshed.status).toBe(200)
  const [next] = cookiePairs(refreshed)
  expect(next).not.toBe(jar)
  expect(refreshed.json['accessToken']).not.toBe(login.json['accessToken'])

  const out = await program.ask('POST', '/api/auth/logout', cookie(next))
  expect(out.status).toBe(204)
  const refused = await program.ask('GET', '/api/profile', bearer(refreshed.json['accessToken']))
  expect([refused.status, refused.code]).toEqual([401, 'invalid_token'])
  expect(refused.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  const late = await program.ask('POST', '/api/auth/refresh', cookie(next))
  expect([late.status, late.code]).toEqual([401, 'session_ended'])
})

test('one flipped character anywhere in a pass is refused', async () => {
  const { json } = await program.ask('POST', '/api/auth/login', { json: person })
  const token = String(json['accessToken'])
  expect((await program.ask('GET', '/api/profile', bearer(token))).status).toBe(200)
  const answers = new Map<string, number>()
  for (let at = 0; at < token.length; at++) {
    const flipped = token[at] === 'A' ? 'B' : 'A'
    const { status, text } = await program.ask(
      'GET',
      '/api/profile',
      bearer(token.slice(0, at) + flipped + token.slice(at + 1)),
    )
    expect(status, `character ${at}`).toBe(401)
    answers.set(text, (answers.get(text) ?? 0) + 1)
  }
  expect(answers.size).toBe(1)
})

test('a pass dies when its time is over, and a session when it lies unused', async () => {
  const { json, ...login } = await program.ask('POST', '/api/auth/login', { json: person })
  await program.advance(17 * MINUTE)
  expect((await program.ask('GET', '/api/profile', bearer(json['accessToken']))).status).toBe(401)
  await program.advance(8 * 24 * 60 * MINUTE)
  const { status, code } = await program.ask('POST', '/api/auth/refresh', cookie(cookiePairs(login)[0]))
  expect([status, code]).toEqual([401, 'session_ended'])
})

test('the clock moves by whole numbers only, and not at all where it was not asked for', async () => {
  for (const advance of ['1', 0.5, null, 1e300])
    expect((await program.ask('POST', '/test/clock', { json: { advance } })).status).toBe(400)

  const plain = await startProgram()
  try {
    expect((await plain.ask('POST', '/test/clock', { json: { advance: 1 } })).status).toBe(404)
  } finally {
    await plain.close()
  }
})

test('what belongs to development is not there in production', async () => {
  const { stdout } = await import('../support/program.ts').then(({ runProgram }) => runProgram(['secret']))
  const production = await startProgram({ env: { NODE_ENV: 'production', HALLPASS_SECRET: stdout.trim() } })
  try {
    const { json } = await production.ask('POST', '/api/auth/register', { json: person })
    const pass = bearer(json['accessToken'])
    expect((await production.ask('GET', '/api/profile', pass)).status).toBe(200)
    for (const [method, path] of [
      ['GET', '/api/inside'],
      ['POST', '/api/inside/alter'],
      ['POST', '/api/inside/expire'],
      ['POST', '/test/clock'],
    ] as const) {
      expect((await production.ask(method, path, pass)).status, path).toBe(404)
    }
  } finally {
    await production.close()
  }
})
