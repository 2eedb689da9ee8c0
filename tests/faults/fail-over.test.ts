// A fail-over that lost writes, by real streaming replication: whoever was signed in before stays signed in, what was written in between is
// gone, and a standby that must confirm prevents the loss of what was acknowledged.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBalancer, type Balancer } from '../support/balancer.ts'
import { open, testClock, type Device, type Opened } from '../support/in-process.ts'
import { startPostgres, type PostgresServer } from '../support/postgres.ts'
import { startReplica, type Replica } from '../support/replica.ts'
import { waitFor } from '../support/wait-for.ts'

let primary: PostgresServer
let replica: Replica
/** The name of the database, as a deployment has it: a fail-over leads it to the other server. */
let name: Balancer
let node: Opened
const clock = testClock(Date.now())
const MINUTE = 60_000

beforeAll(async () => {
  primary = await startPostgres()
  const database = new URL(await primary.createDatabase()).pathname.slice(1)
  name = await startBalancer([primary.port])
  node = await open({
    database: `postgres://hallpass@127.0.0.1:${name.port}/${database}`,
    now: clock.now,
    checkPassword: (email) => ({ id: email }),
  })
  replica = await startReplica(primary)
})
afterAll(async () => {
  await node.auth.close()
  await name.close()
  await replica.remove()
  await primary.remove()
})

let people = 0
async function signIn(): Promise<Device> {
  const device = node.device(`192.0.2.${++people}`)
  expect((await device.post('login', { email: `person-${people}`, password: 'x' })).status).toBe(200)
  return device
}

async function refresh(device: Device, times = 1): Promise<number> {
  let status = 0
  for (let index = 0; index < times; index++) {
    clock.advance(MINUTE + 1)
    ;({ status } = await device.post('refresh'))
  }
  return status
}

const onPrimary = async (text: string) => {
  const client = new pg.Client({ connectionString: primary.url('postgres') })
  await client.connect()
  await client.query(text)
  await client.end()
}

test('while a standby must confirm and does not, nothing is acknowledged that a fail-over could lose', async () => {
  await onPrimary("alter system set synchronous_standby_names = 'replica'")
  await onPrimary('select pg_reload_conf()')
  const device = await signIn()
  await replica.caughtUp()
  replica.line.refused = true
  replica.line.cut()
  const [started, ended] = await Promise.all([
    node.device('192.0.2.200').post('login', { email: 'late', password: 'x' }),
    device.post('logout'),
  ])
  // No 204 that would not hold, and no session that would be forgotten: the client comes again.
  expect([started.status, ended.status]).toEqual([503, 503])
  replica.line.refused = false
  await waitFor(async () => (await device.post('logout')).status === 204)
  await onPrimary("alter system set synchronous_standby_names = ''")
  await onPrimary('select pg_reload_conf()')
})

test('the primary is killed and a replica that lags is promoted: sessions are healed, what happened in the window is lost', async () => {
  const [still, moved, far, tooFar, leaving] = await Promise.all(Array.from({ length: 5 }, signIn))
  if (!still || !moved || !far || !tooFar || !leaving) throw new Error('five signed in')
  for (const device of [still, moved, far, tooFar, leaving]) await refresh(device)
  await replica.caughtUp()
  replica.line.refused = true
  replica.line.cut()

  // The window: none of this reaches the replica.
  await refresh(moved)
  await refresh(far, 4)
  await refresh(tooFar, 5)
  const late = await signIn()
  const left = leaving.sessionId
  const leaver = String((await leaving.get('me')).json.id)
  expect((await leaving.post('logout')).status).toBe(204)

  await primary.kill()
  await replica.promote()
  name.targets = [replica.port]
  name.cut()
  await waitFor(() =>
    node.auth.ping().then(
      () => true,
      () => false,
    ),
  )

  const outcomes = async (device: Device) => {
    const from = node.events.length
    const { status, code } = await device.post('refresh')
    const refreshed = node.events.slice(from).find((event) => event.event === 'refresh')
    return [status, code, refreshed?.event === 'refresh' ? refreshed.outcome : undefined]
  }
  clock.advance(MINUTE + 1)
  expect(await outcomes(still)).toEqual([200, undefined, 'rotated'])
  expect(await outcomes(moved)).toEqual([200, undefined, 'healed'])
  expect(await outcomes(far)).toEqual([200, undefined, 'healed'])
  // Further than four generations in one window is no lag that is believed.
  expect(await outcomes(tooFar)).toEqual([401, 'session_ended', 'ended'])
  // Lost: a session that began in the window. The person signs in again.
  expect(await outcomes(late)).toEqual([401, 'session_ended', 'ended'])
  for (const device of [still, moved, far]) expect(await refresh(device)).toBe(200)
  // Lost as well: the sign-out. Nobody has the cookie any more but who copied it, and the list of devices shows it.
  const [living, ...others] = await node.auth.sessions.list(leaver)
  expect(living?.id).toBe(left)
  expect(others).toEqual([])
})
