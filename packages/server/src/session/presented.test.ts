// Which session the cookies of a request speak of: several of them, planted ones, ones of another deployment.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateSecret, parseSecret } from '../keys/secret.ts'
import { createRefreshTokens } from './refresh-token.ts'
import { startDatabases, type Databases } from '../../../../tests/support/databases.ts'
import { open, PASSWORD, type Device, type Opened } from '../../../../tests/support/in-process.ts'

let databases: Databases
let server: Opened
beforeAll(async () => {
  databases = await startDatabases()
  server = await open({ database: await databases.fresh('sqlite') })
})
afterAll(async () => {
  await server.auth.close()
  await databases.close()
})

let people = 0
const signedIn = async (on = server): Promise<Device> => {
  const device = on.device()
  await device.post('register', { email: `ada-${++people}@example.com`, password: PASSWORD })
  return device
}
const value = (device: Device) => device.cookie?.split('=')[1] ?? ''
const withCookie = (cookie: string, on = server) => Object.assign(on.device(), { cookie })

test('both names are read; the one that names a living session wins, whichever comes first', async () => {
  const [ada, gone] = [await signedIn(), await signedIn()]
  const dead = value(gone)
  await gone.post('logout')
  for (const cookie of [
    `__Host-Http-hallpass=${dead}; __Http-hallpass=${value(ada)}`,
    `__Http-hallpass=${dead}; __Http-hallpass=${value(ada)}`,
    `__Http-hallpass=${value(ada)}; __Http-hallpass=garbage`,
    `__Host-Http-hallpass=${value(ada)}`,
  ]) {
    const answer = await withCookie(cookie).post('refresh')
    expect([answer.status, answer.json.session?.id]).toEqual([200, ada.sessionId])
  }
})

test('two living sessions: the one the client says it holds, else neither', async () => {
  const [ada, eve] = [await signedIn(), await signedIn()]
  const both = `__Http-hallpass=${value(eve)}; __Host-Http-hallpass=${value(ada)}`
  expect((await withCookie(both).post('refresh')).code).toBe('session_changed')
  for (const { sessionId = '' } of [ada, eve]) {
    const answer = await withCookie(both).post('refresh', undefined, { 'hallpass-session': sessionId })
    expect(answer.json.session.id).toBe(sessionId)
  }
  expect((await withCookie(both).post('refresh', undefined, { 'hallpass-session': 'neither' })).code).toBe(
    'session_changed',
  )
})

test('two generations of one session are one session: the newest counts', async () => {
  const ada = await signedIn()
  const old = value(ada)
  server.clock.advance(31_000)
  await ada.post('refresh')
  const answer = await withCookie(`__Host-Http-hallpass=${old}; __Http-hallpass=${value(ada)}`).post('refresh')
  expect(server.events.findLast((event) => event.event === 'refresh')?.outcome).toBe('repeated')
  expect(answer.status).toBe(200)
})

test('sign-out ends every session whose cookie came along', async () => {
  const [ada, eve] = [await signedIn(), await signedIn()]
  await withCookie(`__Http-hallpass=${value(eve)}; __Host-Http-hallpass=${value(ada)}`).post('logout')
  for (const one of [ada, eve]) expect((await one.get('me')).code).toBe('invalid_token')
})

test('a sign-out that comes late does not sign out who came after', async () => {
  const [ada, eve] = [await signedIn(), await signedIn()]
  const late = await withCookie(eve.cookie ?? '').post('logout', undefined, { 'hallpass-session': ada.sessionId ?? '' })
  expect([late.status, late.code, late.headers.getSetCookie()]).toEqual([409, 'session_changed', []])
  expect((await eve.get('me')).status).toBe(200)
  await withCookie(eve.cookie ?? '').post('logout', undefined, { 'hallpass-session': eve.sessionId ?? '' })
  expect((await eve.get('me')).code).toBe('invalid_token')
})

test.each([
  ['no cookie', undefined],
  ['an empty one', '__Http-hallpass='],
  ['garbage', '__Http-hallpass=garbage'],
  ['three empty parts', '__Http-hallpass=..'],
])('%s: nobody is signed in here', async (_, cookie) => {
  const device = Object.assign(server.device(), { cookie })
  expect((await device.post('refresh')).code).toBe('no_session')
  expect((await device.post('logout')).status).toBe(204)
})

test('an access token in the cookie is no refresh token, and the other way round', async () => {
  const ada = await signedIn()
  expect((await withCookie(`__Http-hallpass=${ada.token}`).post('refresh')).code).toBe('no_session')
  ada.token = value(ada)
  expect((await ada.get('me')).code).toBe('invalid_token')
})

test('RT-13: a refresh token anywhere but in the cookie is ignored', async () => {
  const ada = await signedIn()
  const token = value(ada)
  const bare = server.device()
  const headers = { authorization: `Bearer ${token}`, 'x-refresh-token': token }
  expect((await bare.post('refresh', { refreshToken: token, refresh_token: token }, headers)).code).toBe('no_session')
  expect((await bare.post(`refresh?refresh_token=${token}`)).code).toBe('no_session')
})

test('one byte of the token changed anywhere: garbage, and the session lives', async () => {
  const ada = await signedIn()
  const token = value(ada)
  for (let at = 0; at < token.length; at += 7) {
    const other = token[at] === 'A' ? 'B' : 'A'
    const forged = `${token.slice(0, at)}${other}${token.slice(at + 1)}`
    const answer = await withCookie(`__Http-hallpass=${forged}`).post('refresh')
    // A changed kid names a secret that nobody here has seen; everything else is garbage too.
    expect([at, answer.code]).toEqual([at, 'no_session'])
  }
  expect((await ada.post('refresh')).status).toBe(200)
})

test('a wrong deployment signs nobody out: a known secret that is not loaded, another store', async () => {
  const [first, second] = [generateSecret(), generateSecret()]
  const database = await databases.fresh('sqlite')
  const before = await open({ database, secret: first })
  const ada = await signedIn(before)
  await before.auth.close()

  // The new secret signs, the old one is read: nobody notices.
  const both = await open({ database, secret: [second, first] })
  const rotated = withCookie(ada.cookie ?? '', both)
  both.clock.advance(31_000)
  expect((await rotated.post('refresh')).status).toBe(200)

  // The successor is under the new secret; a node that has only the old one has seen that there is another.
  await both.auth.close()
  const behind = await open({ database, secret: [first] })
  const answer = await withCookie(rotated.cookie ?? '', behind).post('refresh')
  expect([answer.status, answer.code, answer.headers.get('retry-after')]).toEqual([503, 'wrong_deployment', '30'])
  await behind.auth.close()

  // Another store under the same secret.
  const elsewhere = await open({ database: await databases.fresh('sqlite'), secret: [second, first] })
  expect((await withCookie(rotated.cookie ?? '', elsewhere).post('refresh')).code).toBe('wrong_deployment')
  // A secret that nobody has seen is a forgery.
  expect((await withCookie(ada.cookie ?? '', server).post('refresh')).code).toBe('no_session')
  await elsewhere.auth.close()
})

test('the secret alone forges nothing: without the nonce of the session its token is nobody’s', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const [database, secret] = [await databases.fresh('sqlite'), generateSecret()]
  const one = await open({ database, secret })
  const ada = await signedIn(one)
  // A thief who has the secret, and read every row of the database.
  const file = new DatabaseSync(database)
  const store = file.prepare('select id from hallpass_store').get()
  const row = file.prepare('select * from hallpass_sessions').get()
  file.close()
  const forger = await createRefreshTokens([parseSecret(secret)], String(store?.['id']))
  for (const nonce of [
    String(row?.['nonce_hash']),
    Buffer.from(String(row?.['nonce_hash']), 'hex').toString('base64url'),
    '',
  ]) {
    const forged = await forger.mint({
      sessionId: ada.sessionId ?? '',
      generation: 0,
      issuedAt: Number(row?.['rotated_at']),
      nonce,
    })
    for (const wait of [0, 31_000]) {
      one.clock.advance(wait)
      expect((await withCookie(`__Http-hallpass=${forged}`, one).post('refresh')).code).toBe('session_ended')
      await withCookie(`__Http-hallpass=${forged}`, one).post('logout')
    }
  }
  expect((await ada.post('refresh')).status).toBe(200)
  await one.auth.close()
})

test('a session bound to a key is not refreshed without a proof, and lives on', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const database = await databases.fresh('sqlite')
  const one = await open({ database })
  const ada = await signedIn(one)
  const file = new DatabaseSync(database)
  file.prepare('update hallpass_sessions set binding = ? where id = ?').run('a-thumbprint', ada.sessionId ?? '')
  for (const wait of [0, 31_000]) {
    one.clock.advance(wait)
    expect((await ada.post('refresh')).code).toBe('proof_required')
  }
  const [row] = file.prepare('select generation, ended_at from hallpass_sessions where id = ?').all(ada.sessionId ?? '')
  expect(row).toMatchObject({ generation: 0, ended_at: null })
  file.close()
  await one.auth.close()
})
