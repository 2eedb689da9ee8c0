// The log holds no secret: a whole life of a session, its failures and a visitor who puts tokens everywhere, and then every line
// the process has written is searched for everything that was secret in it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookiePairs } from '../support/http-exchange.ts'
import { startProgram, type Program } from '../support/program.ts'

let program: Program
beforeAll(async () => {
  program = await startProgram({ testClock: true, env: { HALLPASS_LOG_LEVEL: 'debug' } })
})
afterAll(() => program.close())

const password = 'canary password of many words'
const person = { email: 'canary-email@example.com', password, name: 'Canary Name' }

test('no line holds a pass, a refresh token, a secret, a password, an address or a name', async () => {
  const secrets = new Set<string>([password, person.email, person.name, 'another canary of many words'])
  const remember = (answer: {
    readonly json: Readonly<Record<string, unknown>>
    readonly setCookies: readonly string[]
  }) => {
    const pass = String(answer.json['accessToken'])
    const [pair = ''] = cookiePairs(answer)
    const refreshToken = pair.slice(pair.indexOf('=') + 1)
    // Each part alone as well: a log that cuts a token in pieces has still told it.
    for (const part of [pass, refreshToken].flatMap((token) => token.split('.')))
      if (part.length > 16) secrets.add(part)
    return { pass, pair, refreshToken, sessionId: (answer.json['session'] as { readonly id: string }).id }
  }

  const first = remember(await program.ask('POST', '/api/auth/register', { json: person }))
  await program.ask('POST', '/api/auth/register', { json: person })
  await program.ask('POST', '/api/auth/login', { json: { ...person, password: 'another canary of many words' } })
  const second = remember(await program.ask('POST', '/api/auth/login', { json: person }))
  await program.advance(60_000)
  const third = remember(await program.ask('POST', '/api/auth/refresh', { headers: [['Cookie', second.pair]] }))
  await program.advance(120_000)
  await program.ask('POST', '/api/auth/refresh', { headers: [['Cookie', `${first.pair}; ${third.pair}`]] })

  // What people and programs do with tokens.
  const { pass, refreshToken } = third
  const misplaced = [
    `/?access_token=${pass}`,
    `/${pass}`,
    `/api/auth/sessions/${refreshToken}`,
    `/api/profile/${pass}?${refreshToken}`,
    `/account/${encodeURIComponent(password)}`,
    `/api/auth/${pass}`,
  ]
  for (const path of misplaced) await program.ask('GET', path, { headers: [['Authorization', `Bearer ${pass}`]] })
  await program.ask('GET', '/api/profile', { headers: [['Authorization', `Bearer ${pass}x`]] })
  await program.ask('POST', '/api/auth/login', { body: JSON.stringify(person).slice(0, -1) })
  await program.ask('POST', '/api/auth/login', { json: { email: pass, password: refreshToken } })
  await program.ask('GET', '/api/inside', { headers: [['Authorization', `Bearer ${pass}`]] })
  await program.ask('POST', '/api/auth/password', {
    headers: [['Authorization', `Bearer ${pass}`]],
    json: { current: password, next: 'another canary of many words' },
  })
  await program.ask('POST', '/api/auth/logout', { headers: [['Cookie', third.pair]] })
  await program.stop()

  const output = program.output()
  // It did log: each of these would otherwise hold of an empty file.
  for (const told of ['/api/auth/register', 'session started', 'session ended', 'rotated', 'invalid_credentials'])
    expect(output).toContain(told)
  expect(output.split('\n').filter((line) => line.includes('"path"')).length).toBeGreaterThan(15)
  // What happened to a session is found by the id that a person can see and `hallpass explain` takes.
  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { readonly msg?: string; readonly sessionId?: string })
  const sessionsOf = (msg: string) => lines.filter((line) => line.msg === msg).map(({ sessionId }) => sessionId)
  expect(sessionsOf('session started').slice(0, 2)).toEqual([first.sessionId, second.sessionId])
  expect(sessionsOf('refresh')[0]).toBe(second.sessionId)
  expect(sessionsOf('session ended')).toContain(second.sessionId)
  expect(secrets.size).toBeGreaterThan(10)
  for (const secret of secrets) {
    expect(output).not.toContain(secret)
    expect(output).not.toContain(encodeURIComponent(secret))
  }
  expect(output).not.toMatch(/hps\d_|eyJ/)
})

test('every line is one JSON object with a time, a level and words', async () => {
  const lines = program.output().trimEnd().split('\n')
  for (const line of lines) {
    const { time, level, msg } = JSON.parse(line) as Record<string, unknown>
    expect([typeof time, typeof level, typeof msg]).toEqual(['number', 'number', 'string'])
  }
})
