// `hallpass serve` on a real PostgreSQL: two nodes of one deployment, a database that goes away and comes back, and behind a proxy
// one trusts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDatabases, type Databases } from '../support/databases.ts'
import { cookiePairs } from '../support/http-exchange.ts'
import { freePort, runProgram, startProgram } from '../support/program.ts'
import { waitFor } from '../support/wait-for.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

const person = { email: 'ada@example.com', password: 'a difference engine of words' }
const secret = runProgram(['secret']).stdout.trim()

test('two nodes share what is theirs, and a database that is away signs nobody out', async () => {
  // The server trusts everybody on this machine, so the password is a canary and nothing else.
  const address = (await databases.fresh('postgres')).replace('//hallpass@', '//hallpass:canary-5@')
  const issuer = `http://localhost:${await freePort()}`
  const env = { HALLPASS_SECRET: secret, DATABASE_URL: address, HALLPASS_ISSUER: issuer }
  const [one, two] = await Promise.all([startProgram({ env }), startProgram({ env })])
  try {
    const registered = await one.ask('POST', '/api/auth/register', { json: person })
    expect(registered.status).toBe(201)
    const jar = { headers: [['Cookie', cookiePairs(registered)[0] ?? '']] as const }
    const bearer = { headers: [['Authorization', `Bearer ${String(registered.json['accessToken'])}`]] as const }
    expect((await two.ask('GET', '/api/profile', bearer)).status).toBe(200)
    expect((await two.ask('POST', '/api/auth/refresh', jar)).status).toBe(200)

    await databases.postgres.stop()
    await waitFor(async () => (await one.ask('GET', '/healthz')).status === 503)
    const away = await one.ask('POST', '/api/auth/refresh', jar)
    expect([away.status, away.code, away.headers['retry-after']]).toEqual([503, 'unavailable', expect.any(String)])
    // A pass is checked without the database.
    expect((await one.ask('GET', '/api/auth/verify', bearer)).status).toBe(200)

    await databases.postgres.start()
    await waitFor(async () => (await one.ask('GET', '/healthz')).status === 200)
    await waitFor(async () => (await two.ask('POST', '/api/auth/refresh', jar)).status === 200)
    expect((await one.ask('POST', '/api/auth/logout', jar)).status).toBe(204)
    await waitFor(async () => (await two.ask('GET', '/api/auth/verify', bearer)).status === 401)

    expect([await one.stop(), await two.stop()]).toEqual([0, 0])
    for (const program of [one, two]) {
      expect(program.output()).toContain('postgres://127.0.0.1:')
      expect(program.output()).not.toMatch(/canary-5|hps\d_/)
    }
  } finally {
    await Promise.all([one.close(), two.close()])
  }
})

test.each([
  ['no proxy is trusted', {}, '127.0.0.1'],
  ['one proxy is trusted', { HALLPASS_TRUSTED_PROXY_HOPS: '1' }, '198.51.100.2'],
  ['two proxies are trusted', { HALLPASS_TRUSTED_PROXY_HOPS: '2' }, '198.51.100.1'],
])('when %s, the address of a device is told by whoever is trusted', async (_, env, address) => {
  const program = await startProgram({ env })
  try {
    const forwarded = ['X-Forwarded-For', '203.0.113.9, 198.51.100.1, 198.51.100.2'] as const
    const { json } = await program.ask('POST', '/api/auth/register', { json: person, headers: [forwarded] })
    const bearer = { headers: [['Authorization', `Bearer ${String(json['accessToken'])}`]] as const }
    const { json: list } = await program.ask('GET', '/api/auth/sessions', bearer)
    expect(list).toMatchObject({ sessions: [{ address }] })
  } finally {
    await program.close()
  }
})
