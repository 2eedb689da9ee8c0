// RT-02 over real HTTP: 50 refreshes of one token at once, sent by several processes, to one node and to several, on both
// stores. Exactly one rotation is written, and one successor is handed out, byte for byte.
import { DatabaseSync } from 'node:sqlite'
import { generateSecret } from '@hallpass/server'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Databases, type EngineName, startDatabases } from '../support/databases.ts'
import { exchange } from '../support/http-exchange.ts'
import { device, newEmail, PASSWORD } from '../support/people.ts'
import { startScript } from '../support/script.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'

const ISSUER = 'http://localhost:3999'
const CLIENTS = 2
const EACH = 25

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

/** A process of clients: waits for the word, sends its refreshes at once, prints status and cookie of each answer. */
const CLIENT = `
  const { exchange } = await load('./http-exchange.ts')
  const { NODES, COOKIE } = process.env
  const nodes = NODES.split(' ')
  console.log('ready')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const ask = (i) => exchange(nodes[i % nodes.length], 'POST', '/api/auth/refresh', { headers: [['Cookie', COOKIE]] })
  const answers = await Promise.all(Array.from({ length: ${EACH} }, (_, i) => ask(i)))
  for (const { status, setCookies } of answers) console.log('answer ' + status + ' ' + setCookies.join(' | '))
  process.exit(0)
`

/** What stands in the database, asked past the server. */
async function generationIn(engine: EngineName, database: string, sessionId: string): Promise<number> {
  const query = 'select generation from hallpass_sessions where id = '
  if (engine === 'sqlite') {
    const file = new DatabaseSync(database, { readOnly: true })
    const row = file.prepare(`${query}?`).get(sessionId)
    file.close()
    return Number(row?.['generation'])
  }
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  const { rows } = await client.query<{ generation: string }>(`${query}$1`, [sessionId])
  await client.end()
  return Number(rows[0]?.generation)
}

describe.each([
  ['sqlite', 1],
  ['postgres', 1],
  ['postgres', 3],
] as const)('%s, %d node(s)', (engine, count) => {
  let database: string
  let nodes: readonly ServerProcess[]
  beforeAll(async () => {
    database = await databases.fresh(engine)
    const secret = generateSecret()
    const start = () => startServerProcess({ database, secret, issuer: ISSUER })
    // All at once: they make one schema, one store and one signing key.
    nodes = await Promise.all(Array.from({ length: count }, start))
  })
  afterAll(() => Promise.all(nodes.map((node) => node.close())))

  const first = () => {
    const [node] = nodes
    if (node === undefined) throw new Error('there is a node')
    return node.address
  }
  const advance = (milliseconds: number) => Promise.all(nodes.map((node) => node.advance(milliseconds)))

  test('RT-02 exactly one rotation is written, and one successor is handed out', async () => {
    const email = newEmail('crowd')
    const ada = device(
      email,
      await exchange(first(), 'POST', '/api/auth/register', { json: { email, password: PASSWORD } }),
    )
    for (let round = 1; round <= 2; round++) {
      await advance(31_000)
      const before = nodes.map((node) => node.outcomes().length)
      const cookie = round === 1 ? ada.cookie : successor
      const clients = Array.from({ length: CLIENTS }, () =>
        startScript(CLIENT, new URL('../support/', import.meta.url).href, {
          NODES: nodes.map((node) => node.address).join(' '),
          COOKIE: cookie,
        }),
      )
      await Promise.all(clients.map((client) => client.line('ready')))
      for (const { child } of clients) child.stdin.write('go\n')
      const ends = await Promise.all(clients.map((client) => client.end()))
      expect(ends.map(({ errors }) => errors)).toEqual(clients.map(() => ''))

      const answers = clients.flatMap((client) => client.lines().filter((line) => line.startsWith('answer ')))
      expect(answers).toHaveLength(CLIENTS * EACH)
      // The lifetime of the cookie is counted in whole seconds, one of which may pass meanwhile.
      for (const answer of answers) {
        expect(answer).toMatch(/; Path=\/api\/auth; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
      }
      const handedOut = new Set(answers.map((answer) => answer.split(';', 1)[0] ?? ''))
      expect([...handedOut]).toEqual([expect.stringMatching(/^answer 200 hallpass-3999=[\w-]+\.[\w-]+\.[\w-]+$/)])
      successor = [...handedOut].join('').slice('answer 200 '.length)
      expect(successor).not.toBe(cookie)

      const outcomes = nodes.flatMap((node, i) => node.outcomes().slice(before[i]))
      expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(CLIENTS * EACH - 1)
      expect(await generationIn(engine, database, ada.sessionId)).toBe(round)
    }
  })
  let successor = ''

  if (count === 1) return

  test('an access token of one node is good at every node, and so is its end', async () => {
    const email = newEmail('nodes')
    const eve = device(
      email,
      await exchange(first(), 'POST', '/api/auth/register', { json: { email, password: PASSWORD } }),
    )
    const me = async (node: ServerProcess) => {
      const headers = [['Authorization', `Bearer ${eve.accessToken}`]] as const
      return (await exchange(node.address, 'GET', '/api/auth/me', { headers })).status
    }
    expect(await Promise.all(nodes.map(me))).toEqual(nodes.map(() => 200))
    const last = nodes.at(-1)?.address ?? ''
    expect((await exchange(last, 'POST', '/api/auth/logout', { headers: [['Cookie', eve.cookie]] })).status).toBe(204)
    await expect.poll(() => Promise.all(nodes.map(me)), { timeout: 20_000 }).toEqual(nodes.map(() => 401))
  })
})
