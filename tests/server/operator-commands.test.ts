// The commands of an operator beside a running server, on PostgreSQL and on SQLite: what they say, and that the server feels it at once.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateSecret } from '@hallpass/server'
import { cookiePairs, type Answer } from '../support/http-exchange.ts'
import { startPostgres, type PostgresServer } from '../support/postgres.ts'
import { freePort, runProgram, startProgram, type Program } from '../support/program.ts'
import { waitFor } from '../support/wait-for.ts'

let postgres: PostgresServer
let database: string
let port: number
const secret = generateSecret()
const programs: Program[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  port = await freePort()
})
afterAll(async () => {
  for (const program of programs) await program.close()
  await postgres.remove()
})

const environment = (secrets: string) => ({ DATABASE_URL: database, HALLPASS_SECRET: secrets, PORT: String(port) })
const hallpass = (args: string, secrets = secret) => runProgram(args.split(' '), environment(secrets))

async function start(secrets = secret): Promise<Program> {
  const program = await startProgram({ port, env: environment(secrets), testClock: false })
  programs.push(program)
  return program
}

async function signIn(program: Program, email: string) {
  const answer = await program.ask('POST', '/api/auth/register', { json: { email, password: 'correct horse battery' } })
  if (answer.status !== 201) throw new Error(`no account: ${answer.text}`)
  const { accessToken, session, user } = answer.json as {
    accessToken: string
    session: { id: string }
    user: { id: string }
  }
  let cookie = cookiePairs(answer).join('; ')
  const send = async (at: Program, path: string): Promise<Answer> => {
    const sent = await at.ask('POST', `/api/auth/${path}`, { headers: [['Cookie', cookie]] })
    if (sent.setCookies.length > 0) cookie = cookiePairs(sent).join('; ')
    return sent
  }
  return { accessToken, sessionId: session.id, userId: user.id, send }
}

const bearer = (token: string) => ({ headers: [['Authorization', `Bearer ${token}`]] as const })
const published = async (program: Program) => {
  const { keys } = (await program.ask('GET', '/api/auth/jwks')).json as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

test('keys, history, audit and doctor', async () => {
  const program = await start()
  const ada = await signIn(program, 'ada@example.com')
  const [first = ''] = await published(program)

  expect(hallpass('keys rotate').stdout).toMatch(/The next key is published; it signs in 24 hours/)
  await waitFor(async () => (await published(program)).length === 2)

  expect((await program.ask('GET', '/api/auth/me', bearer(ada.accessToken))).status).toBe(200)
  expect(hallpass(`keys revoke ${first}`).stdout).toMatch(/The key is withdrawn/)
  await waitFor(async () => !(await published(program)).includes(first))
  expect((await program.ask('GET', '/api/auth/me', bearer(ada.accessToken))).status).toBe(401)
  // The person notices nothing: the next pass is signed by the next key.
  const refreshed = await ada.send(program, 'refresh')
  expect(refreshed.status).toBe(200)
  expect((await program.ask('GET', '/api/auth/me', bearer(String(refreshed.json['accessToken'])))).status).toBe(200)
  const { keys } = JSON.parse(hallpass('keys list --json').stdout) as { keys: { kid: string; state: string }[] }
  // The one that waited signs now: every service has it already.
  expect(keys.map(({ state }) => state).toSorted()).toEqual(['revoked', 'signing'])

  await ada.send(program, 'logout')
  const explained = hallpass(`explain ${ada.userId}`)
  expect(explained.code).toBe(0)
  expect(explained.stdout).toMatch(/Signed in\.[^]+Signed out by the person, on this device\./)

  const doctor = hallpass('doctor')
  expect(doctor.stdout).not.toMatch(/^BAD/m)
  expect(doctor.stdout).toMatch(/ok {3}key set: .+ publishes the key that signs/)
  expect(doctor.stdout).toMatch(/ok {3}sign-out stream: comes through as it is sent/)
  expect(doctor.stdout).toMatch(/ok {3}endpoints:/)
  expect(doctor.code).toBe(0)

  expect(hallpass('audit verify').code).toBe(0)
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query("update hallpass_audit set event = 'session_started' where event = 'session_ended_logout'")
  await client.end()
  expect(hallpass('audit verify')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/Line \d+: the line or its link was changed/),
  })
})

test('beside a server on SQLite, which hears of what they change', async () => {
  const program = await startProgram()
  programs.push(program)
  const beside = (args: string) =>
    runProgram(args.split(' '), { HALLPASS_DATA: program.dataDirectory, PORT: String(program.port) })
  const ada = await signIn(program, 'ada@example.com')
  const [first = ''] = await published(program)

  expect(beside('keys rotate').stdout).toMatch(/The next key is published/)
  await waitFor(async () => (await published(program)).length === 2)
  expect(beside(`keys revoke ${first}`).stdout).toMatch(/The key is withdrawn/)
  await waitFor(async () => (await program.ask('GET', '/api/auth/me', bearer(ada.accessToken))).status === 401)
  expect((await ada.send(program, 'refresh')).status).toBe(200)

  expect(beside('recover 12h').stdout).toMatch(/^Until .+ UTC, sessions that moved on since the backup are healed/)
  expect(beside('doctor').stdout).toMatch(/look {1}recovery: sessions are healed however far they lie behind/)
  expect(beside('recover off').stdout).toMatch(/^Sessions are healed as usual again/)
  expect(beside('recover soon')).toMatchObject({ code: 2, stderr: expect.stringMatching(/whole number with a unit/) })
  expect(beside('audit verify').code).toBe(0)
})
