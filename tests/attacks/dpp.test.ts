// Group DPP of the attack corpus, over real sockets: proofs of possession that do not fit (RFC 9449), through the doors of four frameworks
// mounted under a path, and at the endpoints that start and renew sessions. What a proof itself can have wrong is in the token core
// (packages/token/src/attacks/dpp.test.ts), what a guard makes of it in packages/guard/src/bound.test.ts.
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateSecret } from '@hallpass/server'
import { testClock } from '../support/in-process.ts'
import { frameworks, type App } from '../support/frameworks.ts'
import { exchange, type Answer, type Question } from '../support/http-exchange.ts'
import { newEmail, PASSWORD } from '../support/people.ts'
import { createProofClient, type ProofClient } from '../support/proof-client.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'

const SECOND = 1_000
const clock = testClock()
let server: RealServer
beforeAll(async () => {
  server = await startRealServer({ now: clock.now })
})
afterAll(() => server.close())

type Headers = NonNullable<Question['headers']>

interface Bound {
  readonly client: ProofClient
  readonly email: string
  readonly token: string
  readonly sessionId: string
  readonly cookie: readonly [string, string]
}

/** Somebody who has just signed up with a key. */
async function signUp(): Promise<Bound> {
  const client = await createProofClient(server.issuer, clock.now)
  const email = newEmail()
  const answer = await client.ask(server, 'POST', 'register', { json: { email, password: PASSWORD } })
  expect([answer.status, answer.json['tokenType']]).toEqual([201, 'DPoP'])
  const { id } = answer.json['session'] as { readonly id: string }
  const cookie = ['Cookie', answer.setCookies[0]?.split(';', 1)[0] ?? ''] as const
  return { client, email, token: String(answer.json['accessToken']), sessionId: id, cookie }
}

const told = ({ status, code }: Answer) => `${status} ${code}`.trim()

function rowOf(sessionId: string): Readonly<Record<string, unknown>> {
  const file = new DatabaseSync(server.databaseFile, { readOnly: true })
  const row = file
    .prepare('select generation, proven, rotated_at, ended_at, binding from hallpass_sessions where id = ?')
    .get(sessionId)
  file.close()
  return { ...row }
}

describe.each(Object.entries(frameworks))('%s, mounted under /tenant', (_, start) => {
  const PATH = '/tenant/api/profile'
  let app: App
  let ada: Bound
  beforeAll(async () => {
    app = await start({ guard: server.auth.guard, prefix: '/tenant' })
    ada = await signUp()
  })
  afterAll(() => app.close())

  const ask = (headers: Headers, path = PATH) =>
    exchange(app.address, 'GET', path, { headers: [['Authorization', `DPoP ${ada.token}`], ...headers] })
  const prove = (changed = {}, path = PATH) => ada.client.prove('GET', path, { accessToken: ada.token, ...changed })

  test('a proof for the address as it was asked for is let in, and told the next nonce', async () => {
    const answer = await ask([['DPoP', await prove()]], `${PATH}?page=2`)
    expect([answer.status, answer.json['sessionId']]).toEqual([200, ada.sessionId])
    expect(answer.headers['dpop-nonce']).toMatch(/^[\w-]{22}$/)
  })

  test('DPP-01, DPP-02, DPP-03, DPP-04: two proofs, none, garbage, of another method or address', async () => {
    const good = await prove()
    for (const headers of [
      [],
      [['DPoP', '']],
      [['DPoP', 'x']],
      [['DPoP', `${good}, ${good}`]],
      [
        ['DPoP', good],
        ['dpop', good],
      ],
      [
        ['DPoP', good],
        ['DPoP', ''],
      ],
      [['DPoP', await ada.client.prove('POST', PATH, { accessToken: ada.token })]],
      [['DPoP', await prove({}, '/api/profile')]],
      [['DPoP', await prove({}, `${PATH}/`)]],
      [['DPoP', await prove({ url: app.address + PATH })]],
      [['X-DPoP', good]],
    ] as const)
      expect(told(await ask(headers)), JSON.stringify(headers).slice(0, 80)).toBe('401 invalid_dpop_proof')
    expect(app.handled()).toBe(1)
    expect((await ask([['DPoP', good]])).status).toBe(200)
  })

  test('DPP-05: what a client or a proxy says of host and scheme changes nothing', async () => {
    const forged = await prove({ url: `https://evil.example${PATH}` })
    const lies: Headers = [
      ['Host', 'evil.example'],
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Uri', PATH],
      ['X-Original-URL', PATH],
      ['Forwarded', 'host=evil.example;proto=https'],
    ]
    expect(told(await ask([...lies, ['DPoP', forged]]))).toBe('401 invalid_dpop_proof')
    expect((await ask([...lies, ['DPoP', await prove()]])).status).toBe(200)
  })

  test('DPP-07: a proof that was seen', async () => {
    const proof = ['DPoP', await prove()] as const
    expect((await ask([proof])).status).toBe(200)
    for (let times = 0; times < 3; times++) expect(told(await ask([proof]))).toBe('401 invalid_dpop_proof')
  })
})

describe('the endpoints of a session', () => {
  const refresh = (who: Bound, headers: Headers) => server.ask('POST', 'refresh', { headers: [who.cookie, ...headers] })

  test('DPP-12: no proof, a proof of another key, one for something else: refused, nothing written, the holder goes on', async () => {
    const ada = await signUp()
    const thief = await createProofClient(server.issuer, clock.now)
    const before = rowOf(ada.sessionId)
    expect(before).toMatchObject({ generation: 0, ended_at: null, binding: ada.client.thumbprint })
    // Also when two parties would be seen in it: whoever has only the cookie can end nothing.
    for (const wait of [0, 31, 61, 3600]) {
      clock.advance(wait * SECOND)
      const answers = [
        await refresh(ada, []),
        await thief.ask(server, 'POST', 'refresh', { headers: [ada.cookie] }),
        await refresh(ada, [['Authorization', `DPoP ${ada.token}`]]),
      ]
      expect(answers.map(told)).toEqual(Array(3).fill('401 proof_required'))
      expect(answers.flatMap(({ setCookies }) => setCookies)).toEqual([])
      const wrong = await refresh(ada, [['DPoP', await ada.client.prove('POST', 'login')]])
      expect(told(wrong)).toBe('401 invalid_dpop_proof')
    }
    expect(rowOf(ada.sessionId)).toEqual(before)
    expect(server.events.findLast((event) => event.event === 'refresh')?.outcome).toBe('unproven')
    const renewed = await ada.client.ask(server, 'POST', 'refresh', { headers: [ada.cookie] })
    expect([renewed.status, renewed.json['tokenType'], renewed.setCookies.length]).toEqual([200, 'DPoP', 1])

    // A generation that is long gone, presented without the key: no word of theft, no end.
    clock.advance(120 * SECOND)
    const cookie = ['Cookie', renewed.setCookies[0]?.split(';', 1)[0] ?? ''] as const
    const next = await ada.client.ask(server, 'POST', 'refresh', { headers: [cookie] })
    clock.advance(120 * SECOND)
    const last = await ada.client.ask(server, 'POST', 'refresh', {
      headers: [['Cookie', next.setCookies[0]?.split(';', 1)[0] ?? '']],
    })
    expect(last.status).toBe(200)
    clock.advance(120 * SECOND)
    expect(told(await refresh(ada, []))).toBe('401 proof_required')
    expect(rowOf(ada.sessionId)).toMatchObject({ ended_at: null })
  })

  test('DPP-09, DPP-13: a proof without a nonce, with an old one or made in store is asked for a new one, and given nothing', async () => {
    const ada = await signUp()
    const inStore = await ada.client.prove('POST', 'refresh', { now: () => clock.now() + 180 * SECOND })
    const bare = await ada.client.prove('POST', 'refresh', { nonce: undefined })
    const answer = await refresh(ada, [['DPoP', bare]])
    expect(told(answer)).toBe('401 use_dpop_nonce')
    expect(answer.headers['www-authenticate']).toBe('DPoP error="use_dpop_nonce", algs="ES256"')
    const nonce = answer.headers['dpop-nonce'] ?? ''
    expect(answer.setCookies).toEqual([])

    const other = await ada.client.prove('POST', 'refresh', { nonce: `${nonce.slice(1)}x` })
    expect(told(await refresh(ada, [['DPoP', other]]))).toBe('401 use_dpop_nonce')
    clock.advance(180 * SECOND)
    for (const proof of [inStore, await ada.client.prove('POST', 'refresh', { nonce })])
      expect(told(await refresh(ada, [['DPoP', proof]]))).toBe('401 use_dpop_nonce')
    expect((await ada.client.ask(server, 'POST', 'refresh', { headers: [ada.cookie] })).status).toBe(200)
  })

  test('DPP-07: the same proof again is asked for another, which only the holder can make', async () => {
    const ada = await signUp()
    const proof = ['DPoP', await ada.client.prove('POST', 'refresh')] as const
    const first = await refresh(ada, [proof])
    expect(first.status).toBe(200)
    const again = await refresh(ada, [proof])
    expect([told(again), again.setCookies]).toEqual(['401 use_dpop_nonce', []])
    expect((await ada.client.ask(server, 'POST', 'refresh', { headers: [ada.cookie] })).status).toBe(200)
  })

  test('DPP-06: with a nonce the time is ours: a client whose clock is a day off signs in', async () => {
    const slow = await createProofClient(server.issuer, () => clock.now() - 86_400 * SECOND)
    const json = { email: newEmail(), password: PASSWORD }
    expect((await slow.ask(server, 'POST', 'register', { json })).status).toBe(201)
  })

  test('a proof that is refused at sign-in costs no try, and tells nothing of the password', async () => {
    const ada = await signUp()
    for (let times = 0; times < 20; times++) {
      const bare = await ada.client.prove('POST', 'login', { nonce: undefined })
      const json = { email: ada.email, password: times % 2 === 0 ? PASSWORD : 'not the right password' }
      expect(told(await server.ask('POST', 'login', { json, headers: [['DPoP', bare]] }))).toBe('401 use_dpop_nonce')
    }
    const json = { email: ada.email, password: PASSWORD }
    expect((await ada.client.ask(server, 'POST', 'login', { json })).status).toBe(200)
  })

  test('a changed password starts a session that is bound to the same key', async () => {
    const ada = await signUp()
    const json = { current: PASSWORD, next: 'another horse, another battery' }
    const changed = await ada.client.ask(server, 'POST', 'password', { json }, ada.token)
    expect([changed.status, changed.json['tokenType']]).toEqual([200, 'DPoP'])
    const { id } = changed.json['session'] as { readonly id: string }
    expect(rowOf(id)['binding']).toBe(ada.client.thumbprint)
    expect(told(await ada.client.ask(server, 'GET', 'me', {}, ada.token))).toBe('401 invalid_token')
    const listed = await ada.client.ask(server, 'GET', 'sessions', {}, String(changed.json['accessToken']))
    expect(listed.json['sessions']).toMatchObject([{ id, current: true, bound: true }])
    expect((await ada.client.ask(server, 'GET', 'me', {}, String(changed.json['accessToken']))).status).toBe(200)
  })

  test('a session that is bound to nothing stays a bearer, whatever proof comes along', async () => {
    const client = await createProofClient(server.issuer, clock.now)
    const json = { email: newEmail(), password: PASSWORD }
    const started = await server.ask('POST', 'register', { json })
    const cookie = ['Cookie', started.setCookies[0]?.split(';', 1)[0] ?? ''] as const
    clock.advance(60 * SECOND)
    const renewed = await client.ask(server, 'POST', 'refresh', { headers: [cookie] })
    expect([renewed.status, renewed.json['tokenType'], renewed.setCookies.length]).toEqual([200, 'Bearer', 1])
    const { id } = renewed.json['session'] as { readonly id: string }
    expect(rowOf(id)).toMatchObject({ generation: 1, binding: null })
  })
})

test('bound: required: nothing starts without a proof, and what was started before does not go on', async () => {
  const strict = await startRealServer({ now: clock.now, session: { bound: 'required' } })
  try {
    const client = await createProofClient(strict.issuer, clock.now)
    const json = { email: newEmail(), password: PASSWORD }
    for (const path of ['register', 'login', 'refresh'])
      expect(told(await strict.ask('POST', path, { json }))).toBe('401 proof_required')
    expect((await client.ask(strict, 'POST', 'register', { json })).status).toBe(201)

    const file = new DatabaseSync(strict.databaseFile, { timeout: 5_000 })
    file.exec('update hallpass_sessions set binding = null')
    file.close()
    const login = await client.ask(strict, 'POST', 'login', { json })
    const cookie = ['Cookie', login.setCookies[0]?.split(';', 1)[0] ?? ''] as const
    expect((await client.ask(strict, 'POST', 'refresh', { headers: [cookie] })).status).toBe(200)
    const { id } = login.json['session'] as { readonly id: string }
    const again = new DatabaseSync(strict.databaseFile, { timeout: 5_000 })
    again.prepare('update hallpass_sessions set binding = null where id = ?').run(id)
    again.close()
    for (const wait of [0, 31]) {
      clock.advance(wait * SECOND)
      expect(told(await client.ask(strict, 'POST', 'refresh', { headers: [cookie] }))).toBe('401 proof_required')
    }
    const { auth } = strict
    const request = new Request(`${strict.issuer}/api/passkey`, { method: 'POST' })
    expect((await auth.sessions.start('u1', { request, amr: ['hwk'] })).status).toBe(401)
  } finally {
    await strict.close()
  }
})

test('DPP-07: with a store of its own for proofs, the server asks it about each that comes with a token, and believes it', async () => {
  const told: unknown[] = []
  const add = (id: string, seconds: number) => told.push([id.slice(0, 43), seconds]) === 1
  const one = await startRealServer({ session: { replays: { add } } })
  try {
    const client = await createProofClient(one.issuer)
    const answer = await client.ask(one, 'POST', 'register', { json: { email: newEmail(), password: PASSWORD } })
    expect(told).toEqual([])
    const token = String(answer.json['accessToken'])
    expect((await client.ask(one, 'GET', 'me', {}, token)).status).toBe(200)
    expect((await client.ask(one, 'GET', 'me', {}, token)).code).toBe('invalid_dpop_proof')
    const asked = [client.thumbprint, 180]
    expect(told).toEqual([asked, asked])
  } finally {
    await one.close()
  }
})

test('DPP-09: every node that has the secret takes the nonces of the others, and no deployment those of another', async () => {
  const node = (secret: string) => startRealServer({ issuer: server.issuer, secret, now: clock.now })
  const [sibling, stranger] = await Promise.all([node(server.secret), node(generateSecret())])
  try {
    const { client } = await signUp()
    const once = async (at: RealServer) => {
      const json = { email: newEmail(), password: PASSWORD }
      return at.ask('POST', 'register', { json, headers: [['DPoP', await client.prove('POST', 'register')]] })
    }
    expect((await once(sibling)).status).toBe(201)
    expect((await once(stranger)).code).toBe('use_dpop_nonce')
  } finally {
    await Promise.all([sibling.close(), stranger.close()])
  }
})

test('a page of a listed origin may send proofs, and read what it needs for the next', async () => {
  const listed = await startRealServer({ origins: ['https://app.example'] })
  try {
    const headers = [['Origin', 'https://app.example']] as const
    const preflight = await listed.ask('OPTIONS', 'login', { headers })
    expect(preflight.headers['access-control-allow-headers']).toContain('DPoP')
    const client = await createProofClient(listed.issuer)
    const proof = ['DPoP', await client.prove('POST', 'login')] as const
    const refused = await listed.ask('POST', 'login', { headers: [...headers, proof] })
    expect(told(refused)).toBe('401 use_dpop_nonce')
    for (const name of ['DPoP-Nonce', 'Date', 'WWW-Authenticate']) {
      expect(refused.headers['access-control-expose-headers']).toContain(name)
      expect(refused.headers[name.toLowerCase()]).toBeDefined()
    }
  } finally {
    await listed.close()
  }
})

test('sessions.start binds to the key that its request proves', async () => {
  const client = await createProofClient(server.issuer, clock.now)
  const start = async (): Promise<Response> => {
    const headers = { dpop: await client.prove('POST', '/passkey/finish') }
    const request = new Request(`${server.issuer}/passkey/finish`, { method: 'POST', headers })
    const answer = await server.auth.sessions.start('u1', { request, amr: ['hwk'] })
    client.heard(answer.headers.get('dpop-nonce'))
    return answer
  }
  const asked = await start()
  expect([asked.status, ((await asked.json()) as { code: string }).code]).toEqual([401, 'use_dpop_nonce'])
  const started = await start()
  const body = (await started.json()) as { tokenType: string; session: { id: string } }
  expect([started.status, body.tokenType]).toEqual([200, 'DPoP'])
  expect(rowOf(body.session.id)['binding']).toBe(client.thumbprint)
})
