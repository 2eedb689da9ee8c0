// Guessing without end, and guessing to lock somebody out (RLM-01 to RLM-03): over real sockets, in a real database file.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hallpass, generateSecret } from '@hallpass/server'
import { exchange, type Answer } from '../support/http-exchange.ts'
import { newEmail, PASSWORD, signIn, signUp } from '../support/people.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'

let server: RealServer
beforeAll(async () => {
  server = await startRealServer({ trustedProxies: 1 })
})
afterAll(() => server.close())

const login = (on: RealServer, email: string, address: string | undefined, password = 'not the password at all') =>
  on.ask('POST', 'login', {
    json: { email, password },
    headers: address === undefined ? [] : [['X-Forwarded-For', address]],
  })

/** Guesses at a new account each time, so that only the address is counted, until it is closed. */
async function closeAddress(on: RealServer, address: (attempt: number) => string | undefined): Promise<number> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { status } = await login(on, newEmail('nobody'), address(attempt))
    if (status === 429) return attempt
  }
  return Infinity
}

const free = 31

describe('RLM-01 one network is one client', () => {
  test('however many addresses of an IPv6 /64 it uses', async () => {
    const tries = await closeAddress(server, (attempt) => `2001:db8:1:2:${attempt.toString(16)}:${attempt * 7}::1`)
    expect(tries).toBe(free)
    expect((await login(server, newEmail('nobody'), '2001:db8:1:3::1')).status).toBe(401)
  })

  test('however it spells an address', async () => {
    const spellings = [
      '2001:db8:7:0::1',
      '2001:0db8:0007:0000:0000:0000:0000:0001',
      '2001:DB8:7::1',
      '2001:db8:7:0:0:0:0.0.0.1',
      '2001:db8:7:0::1%eth0',
      '[2001:db8:7:0::1]',
      '[2001:db8:7:0::1]:4711',
    ]
    expect(await closeAddress(server, (attempt) => spellings[attempt % spellings.length])).toBe(free)
    for (const spelling of spellings) {
      expect((await login(server, newEmail('nobody'), spelling)).status, spelling).toBe(429)
    }
  })

  test('and an IPv4 address written as IPv6 is that IPv4 address, not a network of everybody', async () => {
    const spellings = ['203.0.113.9', '::ffff:203.0.113.9', '::ffff:cb00:7109', '203.0.113.9:4711']
    expect(await closeAddress(server, (attempt) => spellings[attempt % spellings.length])).toBe(free)
    expect((await login(server, newEmail('nobody'), '::ffff:203.0.113.10')).status).toBe(401)
  })

  test('what the client wrote to the left of the proxy’s own entry counts for nothing', async () => {
    expect(await closeAddress(server, (attempt) => `198.51.100.${attempt}, 203.0.113.77`)).toBe(free)
    expect((await login(server, newEmail('nobody'), '203.0.113.78, 203.0.113.79')).status).toBe(401)
  })

  test('without a trusted proxy the header counts for nothing at all', async () => {
    const alone = await startRealServer()
    try {
      expect(await closeAddress(alone, (attempt) => `198.51.100.${attempt}`)).toBe(free)
      expect((await login(alone, newEmail('nobody'), undefined)).status).toBe(429)
    } finally {
      await alone.close()
    }
  })

  test('one account is closed from wherever the guesses come, in whatever case it is written', async () => {
    const { email } = await signUp(server)
    const answers: Answer[] = []
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const written = [email, email.toUpperCase(), ` ${email}`, email.replace('ada', 'Ada')][attempt % 4] ?? email
      answers.push(await login(server, written, `192.0.2.${attempt}`))
    }
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(20)
    // Right or wrong, a closed account is not asked: nothing is learnt from a 429.
    expect((await login(server, email, '192.0.2.99', PASSWORD)).status).toBe(429)
  })

  test('a hundred guesses at once are a hundred guesses', async () => {
    const { email } = await signUp(server)
    const guesses = Array.from({ length: 100 }, (_, index) => login(server, email, `192.0.2.${100 + index}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(95)
  })

  test('the wait grows, holds over a restart, and passes', async () => {
    const { email } = await signUp(server)
    const waits: number[] = []
    for (let round = 0; round < 4; round += 1) {
      let answer = await login(server, email, undefined)
      while (answer.status === 401) answer = await login(server, email, undefined)
      waits.push(Number(answer.headers['retry-after']))
      server.advance(Number(answer.headers['retry-after']) * 1000)
    }
    expect(waits).toEqual([30, 60, 120, 240])
    expect((await login(server, email, undefined, PASSWORD)).status).toBe(200)
  })
})

describe('RLM-01 over a restart', () => {
  test('what was counted is still counted by the next process', async () => {
    const first = await startRealServer()
    const { email } = await signUp(first)
    let answer = await login(first, email, undefined)
    while (answer.status === 401) answer = await login(first, email, undefined)
    expect(answer.status).toBe(429)
    // The same file, opened by a second server after the first has let go; another secret would be another throttle.
    await first.auth.close()
    const secret = first.secret
    const again = await hallpass({
      issuer: first.issuer,
      secret: [secret, generateSecret()],
      database: first.databaseFile,
    })
    const request = new Request(`${first.issuer}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    })
    expect((await again.fetch(request, { address: '192.0.2.1' })).status).toBe(429)
    await again.close()
    await first.close()
  })
})

describe('RLM-02 another spelling of the path is the same limit or no route', () => {
  test('none of them asks for a password past a closed account', async () => {
    const { email } = await signUp(server)
    let answer = await login(server, email, undefined)
    while (answer.status === 401) answer = await login(server, email, undefined)
    const json = { email, password: PASSWORD }
    const paths = [
      '/api/auth/login/',
      '//api/auth/login',
      '/api//auth/login',
      '/api/auth//login',
      '/api/auth/login//',
      '/api/auth/%6cogin',
      '/api/auth/%6Cogin',
      '/api/auth%2flogin',
      '/api%2Fauth%2Flogin',
      '/api/auth/login%2f',
      '/api/auth/login%00',
      '/api/auth/login%20',
      '/api/auth/LOGIN',
      '/API/auth/login',
      '/api/auth/login;x=1',
      '/api/auth;x=1/login',
      '/api/auth/login.',
      '/api/auth/login.json',
      '/api/auth/./login',
      '/api/auth/x/../login',
      '/api/auth/%2e/login',
      '/api/auth/x/%2e%2e/login',
      '/api/auth/login?x=1',
      '/api/auth/login?/../refresh',
      '/\\api\\auth\\login',
      '/api\\auth\\login',
      `${server.issuer}/api/auth/login`,
      'http://other.example/api/auth/login',
    ]
    for (const path of paths) {
      const { status, setCookies } = await exchange(server.address, 'POST', path, { json })
      expect([404, 429], `${path} gave ${status}`).toContain(status)
      expect(setCookies).toEqual([])
    }
    // And the check itself can fail: on an open account the plain path signs in.
    expect((await login(server, (await signUp(server)).email, undefined, PASSWORD)).status).toBe(200)
  })
})

describe('RLM-03 nobody is locked out of a device that is signed in', () => {
  test('while strangers guess, the owner refreshes, signs in again there and changes the password', async () => {
    const owner = await signUp(server)
    let answer = await login(server, owner.email, '192.0.2.200')
    while (answer.status === 401) answer = await login(server, owner.email, '192.0.2.201')
    expect((await login(server, owner.email, '192.0.2.202', PASSWORD)).status).toBe(429)

    const cookie = ['Cookie', owner.cookie] as const
    expect((await server.ask('POST', 'refresh', { headers: [cookie] })).status).toBe(200)
    const again = await signIn(server, owner.email, {
      headers: [cookie],
      json: { email: owner.email, password: PASSWORD },
    })
    const changed = await server.ask('POST', 'password', {
      headers: [
        ['Cookie', again.cookie],
        ['Authorization', `Bearer ${again.accessToken}`],
      ],
      json: { current: PASSWORD, next: 'quite another horse' },
    })
    expect(changed.status).toBe(200)
  })

  test('but devices of somebody else give no guesses of their own', async () => {
    const owner = await signUp(server)
    const statuses: number[] = []
    // Anybody can make accounts: were each of their devices counted apart, there would be no end.
    for (let device = 0; device < 3; device += 1) {
      const { cookie } = await signUp(server, newEmail('eve'))
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const json = { email: owner.email, password: 'not the password' }
        statuses.push((await server.ask('POST', 'login', { headers: [['Cookie', cookie]], json })).status)
      }
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429, 429])
  })

  test('and on the own device the guesses end too: a stolen cookie is no way to the password', async () => {
    const owner = await signUp(server)
    const headers = [['Cookie', owner.cookie]] as const
    const guess = () =>
      server.ask('POST', 'login', { headers, json: { email: owner.email, password: 'not the password' } })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 7; attempt += 1) statuses.push((await guess()).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    // And the owner may come in by the front door meanwhile.
    expect((await login(server, owner.email, '192.0.2.210', PASSWORD)).status).toBe(200)
  })
})
