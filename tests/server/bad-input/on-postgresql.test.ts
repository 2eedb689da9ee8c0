// PostgreSQL is stricter about text than SQLite (no U+0000, nothing that is not UTF-8) and would answer with an error of its own: what is odd
// in that way is a problem document there too, never a 500, and changes nothing.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bearer, newEmail, PASSWORD, signUp, type Device } from '../../support/people.ts'
import { startPostgres, type PostgresServer } from '../../support/postgres.ts'
import { startRealServer, type RealServer } from '../../support/real-server.ts'
import { assertProblem, somewhere, type Headers } from './bad-input-site.ts'

let postgres: PostgresServer
let server: RealServer
let client: pg.Client
let ada: Device

beforeAll(async () => {
  postgres = await startPostgres()
  const database = await postgres.createDatabase()
  server = await startRealServer({ database, trustedProxies: 1 })
  client = new pg.Client({ connectionString: database })
  await client.connect()
  ada = await signUp(server)
})
afterAll(async () => {
  await client.end()
  await server.close()
  await postgres.remove()
})

/** Every row that a refused request could have written; counting tries is the throttle's business. */
async function dump(): Promise<string> {
  const tables = ['accounts', 'subjects', 'sessions', 'audit', 'signing_keys', 'secrets']
  const rows: string[] = []
  for (const table of tables) {
    const { rows: found } = await client.query<{ row: string }>(
      `select to_jsonb(t)::text as row from hallpass_${table} t order by 1`,
    )
    rows.push(table, ...found.map(({ row }) => row))
  }
  return rows.join('\n')
}

const odd = [
  '\u0000',
  'a\u0000b',
  'ada\u0000@example.com',
  '\ud800',
  '\udfff\ud800',
  '\uffff\u{10ffff}',
  '\ufeff',
  '\\u0000',
  '\\x00',
  "'; drop table hallpass_sessions; --",
  '$1',
  '%_%',
  '{}',
  'a'.repeat(4_096),
]

test.each(odd.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
  '%s, wherever a text may stand',
  async (_, text) => {
    const before = await dump()
    const questions: readonly (readonly [method: string, path: string, json: object | undefined, headers?: Headers])[] =
      [
        ['POST', 'register', { email: text, password: PASSWORD }],
        ['POST', 'register', { email: `${text}@example.com`, password: PASSWORD }],
        // Too short, or it might be an account.
        ['POST', 'register', { email: newEmail(), password: text.slice(0, 10) }],
        ['POST', 'login', { email: text, password: PASSWORD }],
        ['POST', 'login', { email: ada.email, password: text }],
        ['POST', 'refresh', { audience: text }],
        ['POST', 'refresh', {}, [['Hallpass-Session', encodeURIComponent(text.toWellFormed())]]],
        ['POST', 'password', { current: text, next: text }, [bearer(ada)]],
        ['DELETE', `sessions/${encodeURIComponent(text.toWellFormed())}`, undefined, [bearer(ada)]],
      ]
    for (const [method, path, json, headers = []] of questions) {
      const answer = await server.ask(method, path, {
        headers: [somewhere(), ...headers],
        ...(json !== undefined && { json }),
      })
      assertProblem(answer)
      expect(answer.setCookies).toEqual([])
    }
    expect(await dump()).toBe(before)
  },
)

test('a name and a user agent of odd characters are kept or refused, and break nothing', async () => {
  for (const text of odd) {
    const json = { email: newEmail(), password: PASSWORD, name: text.slice(0, 100) }
    const answer = await server.ask('POST', 'register', {
      json,
      // A header carries Latin-1 without control characters; a proxy may let the rest of it through.
      headers: [
        somewhere(),
        [
          'User-Agent',
          Buffer.from(`x${text}`)
            .toString('latin1')
            .replace(/[^\u0020-\u00ff]|\u007f/g, ''),
        ],
      ],
    })
    if (answer.status !== 201) assertProblem(answer)
    else expect(answer.json).toMatchObject({ user: { email: json.email } })
  }
})

test('ids that are none, in tokens of our own making, are no session', async () => {
  expect(await server.auth.sessions.list('nobody\u0000')).toEqual([])
  expect(await server.auth.sessions.end('no\u0000such')).toBe(false)
  expect(server.events.filter(({ event }) => event === 'failed')).toEqual([])
  expect(server.events.filter(({ event }) => event === 'refused').length).toBeGreaterThan(100)
})
