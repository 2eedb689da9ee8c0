// Guessing passwords: waits that grow, for each account and each address, over restarts, and never for the owner's own device.
import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDatabases, type Databases } from '../../../../tests/support/databases.ts'
import { open, PASSWORD, type Device } from '../../../../tests/support/in-process.ts'
import { generateSecret } from '../keys/secret.ts'

let databases: Databases
beforeAll(async () => void (databases = await startDatabases()))
afterAll(() => databases.close())

const ada = { email: 'ada@example.com', password: PASSWORD }
const wrong = { ...ada, password: 'wrong' }
const guess = async (device: Device, body: object, times: number) => {
  const codes: unknown[] = []
  for (let turn = 0; turn < times; turn++) codes.push((await device.post('login', body)).code)
  return codes
}
const failed = (times: number) => Array<string>(times).fill('invalid_credentials')

test('five failures, then waits that grow from half a minute; the right password is refused meanwhile', async () => {
  const { device, clock, auth } = await open({ database: await databases.fresh('sqlite') })
  await device().post('register', ada)
  const thief = device('192.0.2.9')
  expect(await guess(thief, wrong, 6)).toEqual([...failed(5), 'throttled'])
  const answer = await thief.post('login', ada)
  expect([answer.status, answer.code, answer.headers.get('retry-after')]).toEqual([429, 'throttled', '30'])
  clock.advance(29_999)
  expect((await thief.post('login', ada)).code).toBe('throttled')
  clock.advance(1)
  expect(await guess(thief, wrong, 2)).toEqual(['invalid_credentials', 'throttled'])
  expect((await thief.post('login', wrong)).headers.get('retry-after')).toBe('60')
  clock.advance(60_000)
  // A success forgets the failures.
  expect((await thief.post('login', ada)).status).toBe(200)
  expect(await guess(device('192.0.2.10'), wrong, 6)).toEqual([...failed(5), 'throttled'])
  await auth.close()
})

test('an account that does not exist is throttled alike', async () => {
  const { device, auth } = await open({ database: await databases.fresh('sqlite') })
  await device().post('register', ada)
  const [real, none] = [device('192.0.2.11'), device('192.0.2.12')]
  const unknown = { email: 'nobody@example.com', password: 'wrong' }
  expect(await guess(none, unknown, 7)).toEqual(await guess(real, wrong, 7))
  const [one, two] = [await real.post('login', wrong), await none.post('login', unknown)]
  expect([two.text, ...two.headers]).toEqual([one.text, ...one.headers])
  await auth.close()
})

test('a hundred guesses at once are a hundred guesses', async () => {
  const { device, auth } = await open({ database: await databases.fresh('sqlite') })
  await device().post('register', ada)
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, turn) => device(`198.51.100.${turn}`).post('login', wrong)),
  )
  expect(answers.filter(({ code }) => code === 'invalid_credentials')).toHaveLength(5)
  expect(answers.filter(({ code }) => code === 'throttled')).toHaveLength(95)
  await auth.close()
})

test('an address that tries many accounts: by /64, and its neighbour is not concerned', async () => {
  const { device, auth } = await open({ database: await databases.fresh('sqlite') })
  const tries = async (address: string, from: number, times: number) => {
    const codes: unknown[] = []
    for (let turn = from; turn < from + times; turn++) {
      codes.push((await device(address).post('login', { email: `user-${turn}@example.com`, password: 'wrong' })).code)
    }
    return codes
  }
  expect(await tries('2001:db8:1:2::1', 0, 31)).toEqual(failed(31))
  // The same customer from another address of the network, in another spelling.
  expect(await tries('2001:0db8:0001:0002:aaaa::9', 31, 1)).toEqual(['throttled'])
  expect(await tries('2001:db8:1:3::1', 32, 1)).toEqual(failed(1))
  await auth.close()
})

test('RLM-03: strangers cannot lock the owner out of a device that is signed in', async () => {
  const { device, auth } = await open({ database: await databases.fresh('sqlite') })
  const phone = device('192.0.2.20')
  await phone.post('register', ada)
  // The same office, even: the address is the stranger's too.
  const stranger = device('192.0.2.20')
  await guess(stranger, wrong, 40)
  expect((await stranger.post('login', ada)).code).toBe('throttled')

  expect((await phone.post('refresh')).status).toBe(200)
  expect((await phone.post('password', { current: PASSWORD, next: 'another long password' })).status).toBe(200)
  expect((await phone.post('login', { ...ada, password: 'another long password' })).status).toBe(200)
  // That device has a throttle of its own: a stolen one is no free place to guess from.
  expect(await guess(phone, wrong, 6)).toEqual([...failed(5), 'throttled'])
  const changes: unknown[] = []
  for (let turn = 0; turn < 2; turn++)
    changes.push((await phone.post('password', { current: 'no', next: 'x'.repeat(20) })).code)
  expect(changes).toEqual(['throttled', 'throttled'])
  await auth.close()
})

test('it holds over a restart', async () => {
  const [database, secret] = [await databases.fresh('sqlite'), generateSecret()]
  const before = await open({ database, secret })
  await before.device().post('register', ada)
  await guess(before.device('192.0.2.9'), wrong, 5)
  await before.auth.close()
  const after = await open({ database, secret })
  expect((await after.device('192.0.2.30').post('login', ada)).code).toBe('throttled')
  await after.auth.close()
})

test('what the store keeps of it names neither people nor places', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const database = await databases.fresh('sqlite')
  const { device, auth } = await open({ database })
  await device('192.0.2.77').post('login', wrong)
  await auth.close()
  const file = new DatabaseSync(database)
  const rows = JSON.stringify(file.prepare('select * from hallpass_throttles').all())
  file.close()
  expect(rows).toContain('account:')
  expect(rows).not.toContain('ada')
  expect(rows).not.toContain('192.0.2.77')
})

test('signing up is throttled by address too', async () => {
  const { device, auth } = await open({ database: await databases.fresh('sqlite') })
  const codes: unknown[] = []
  for (let turn = 0; turn < 103; turn++) {
    codes.push((await device('203.0.113.5').post('register', { email: 'not an address', password: 'x' })).code)
  }
  expect(codes.slice(0, 101)).toEqual(Array<string>(101).fill('invalid_email'))
  expect(codes.slice(101)).toEqual(['throttled', 'throttled'])
  await auth.close()
})

test('more passwords at once than can wait in line: 503 with Retry-After for the rest, and the others are answered', async () => {
  const { device, auth } = await open({ database: await databases.fresh('sqlite') })
  const cores = availableParallelism()
  const answers = await Promise.all(
    Array.from({ length: cores + 64 + 10 }, (_, turn) =>
      device(`198.51.${turn}.1`).post('login', { email: `user-${turn}@example.com`, password: 'wrong' }),
    ),
  )
  const busy = answers.filter(({ status }) => status === 503)
  expect(busy).toHaveLength(10)
  for (const answer of busy) expect([answer.code, answer.headers.get('retry-after')]).toEqual(['busy', '2'])
  expect(answers.filter(({ code }) => code === 'invalid_credentials')).toHaveLength(cores + 64)

  // Nobody learned whether those guesses were right, so they are not counted: five are free as before.
  const turned = answers.findIndex(({ code }) => code === 'busy')
  const body = { email: `user-${turned}@example.com`, password: 'wrong' }
  expect(await guess(device('203.0.113.77'), body, 6)).toEqual([...failed(5), 'throttled'])
  await auth.close()
})

test('a checkPassword that fails is nobody’s failed guess', async () => {
  let away = true
  const { device, auth } = await open({
    database: await databases.fresh('sqlite'),
    checkPassword: () => (away ? Promise.reject(new Error('away')) : null),
  })
  const codes = await guess(device(), wrong, 40)
  expect(new Set(codes)).toEqual(new Set(['unavailable']))
  away = false
  expect(await guess(device(), wrong, 6)).toEqual([...failed(5), 'throttled'])
  await auth.close()
})
