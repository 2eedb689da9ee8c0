// What one node ended, the others know: told over PostgreSQL as it happens, read again after whatever was missed, and by the clock when
// nothing is heard at all.
import { createRevocationView } from '@hallpass/guard'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type PostgresServer } from '../../../../tests/support/postgres.ts'
import { newSession } from '../../../../tests/support/store-rows.ts'
import { waitFor } from '../../../../tests/support/wait-for.ts'
import { openStore } from '../store/open.ts'
import type { EndedSession, Store } from '../store/store.ts'
import { createRevocations } from './revocation.ts'

let server: PostgresServer
beforeAll(async () => void (server = await startPostgres()))
afterAll(() => server.remove())

/** A node's knowledge; `every` far away, so that what arrives was heard. */
async function node(store: Store, { every = 3_600_000, listen = true } = {}) {
  const view = createRevocationView()
  const revocations = await createRevocations({ store, view, now: Date.now, every })
  let begun = 0
  const stop = listen
    ? store.listen({
        heard: (said) => said.about === 'ended' && revocations.heard(said.ended),
        begun: () => {
          begun++
          void revocations.sync()
        },
      })
    : async () => undefined
  if (listen) await waitFor(() => begun > 0)
  return {
    view,
    revocations,
    begun: () => begun,
    async close() {
      revocations.close()
      await stop()
      await store.close()
    },
  }
}

/** Ends a session as the server does: in the store, then told. */
async function end(store: Store, at = Date.now()): Promise<EndedSession> {
  const session = newSession({ subject: 'somebody', createdAt: at, expiresAt: at + 86_400_000 })
  await store.insertSession(session, { underEpoch: 0, audit: { at, event: 'session_started' } })
  const ended = await store.endSession(session.id, {
    at,
    reason: 'logout',
    revokedUntil: at + 900_000,
    audit: { at, event: 'session_ended_logout' },
  })
  if (ended === undefined) throw new Error('it was there')
  return ended
}

test('what one node tells, another hears at once, and nobody else’s', async () => {
  const url = await server.createDatabase()
  const [one, two] = [await node(await openStore(url)), await node(await openStore(url))]
  const store = await openStore(url)
  const told: string[] = []
  two.revocations.watch((added) => told.push(...added.map(({ sid }) => sid)))
  const many = Array.from({ length: 250 }, (_, index) => ({
    id: `session-${index}`,
    subject: 's',
    revokedUntil: Date.now() + 900_000,
  }))
  one.revocations.publish(many)
  await waitFor(() => many.every(({ id }) => two.view.has(id)))
  expect(told.toSorted()).toEqual(many.map(({ id }) => id).toSorted())

  // Anybody who can reach the database can speak on its channel.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const say = (payload: string) => client.query('select pg_notify($1, $2)', ['hallpass', payload])
  for (const payload of [
    'no JSON',
    '7',
    '{"ended":[["without a store",9e15]]}',
    JSON.stringify({ store: 'another', ended: [['of another store', Date.now() + 1_000]] }),
    JSON.stringify({ store: store.id, ended: [['no time', 'x'], [7, 7], ['far', 2 ** 52], null] }),
  ])
    await say(payload)
  await say(JSON.stringify({ store: store.id, ended: [['last', Date.now() + 1_000]] }))
  await waitFor(() => two.view.has('last'))
  const known = two.view.snapshot().map(({ sid }) => sid)
  expect(known.filter((sid) => !sid.startsWith('session-'))).toEqual(['far', 'last'])
  // A time beyond every token's life is cut to the longest, not kept for a hundred thousand years.
  expect(two.view.snapshot().find(({ sid }) => sid === 'far')?.until).toBeLessThan(Date.now() / 1000 + 86_500)
  await client.end()
  for (const each of [one, two, store]) await each.close()
})

test('after a lost connection the whole is read again: what was ended meanwhile is known', async () => {
  const url = await server.createDatabase()
  const store = await openStore(url)
  const other = await node(await openStore(url))
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const listeners = `select pid from pg_stat_activity where application_name = 'hallpass-listen' and datname = current_database()`
  // Nobody can listen for the moment; and what is ended now is told to nobody.
  await client.query(`select pg_terminate_backend(pid) from (${listeners}) as those`)
  const ended = await end(store)
  await waitFor(() => other.begun() > 1)
  await waitFor(() => other.view.has(ended.id))
  await client.end()
  await other.close()
  await store.close()
})

test('a server that stops and starts again is listened to again', async () => {
  const url = await server.createDatabase()
  const store = await openStore(url)
  const other = await node(await openStore(url))
  await server.stop()
  await server.start()
  await waitFor(() => other.begun() > 1)
  const ended = await end(store)
  await store.announce({ about: 'ended', ended: [ended] })
  await waitFor(() => other.view.has(ended.id))
  await other.close()
  await store.close()
})

describe('a node that hears nothing', () => {
  test('reads what is new every round, and the whole now and then', async () => {
    const url = await server.createDatabase()
    const store = await openStore(url)
    let asked: number[] = []
    const counted: Store = {
      ...(await openStore(url)),
      revoked: (since) => {
        asked.push(since)
        return store.revoked(since)
      },
    }
    const other = await node(counted, { every: 20, listen: false })
    const old = await end(store)
    await waitFor(() => other.view.has(old.id))
    asked = []
    const young = await end(store)
    await waitFor(() => other.view.has(young.id))
    // Not from now on, which is all of it, but from a minute before the newest.
    const newest = Math.max(old.revokedUntil, young.revokedUntil)
    await waitFor(() => asked.includes(newest - 60_000))
    asked = []
    await other.revocations.sync()
    expect(asked.some((since) => since < Date.now())).toBe(true)
    await other.close()
    await store.close()
  })

  test('does not call a list certain that it could not read', async () => {
    const url = await server.createDatabase()
    const one = await node(await openStore(url), { every: 50, listen: false })
    await expect(one.revocations.list()).resolves.toEqual([])
    await server.stop()
    await waitFor(() => one.revocations.known().age > 100)
    await expect(one.revocations.list()).rejects.toMatchObject({ name: 'StoreUnavailable' })
    await server.start()
    await waitFor(() =>
      one.revocations.list().then(
        () => true,
        () => false,
      ),
    )
    expect(one.revocations.known().age).toBeLessThan(5_000)
    await one.close()
  })
})

test('an entry that no token can live to poisons nothing: a shorter lifetime is configured, and the old list is read', async () => {
  const rows = [
    { id: 'of yesterday’s setting', subject: 's', revokedUntil: Date.now() + 86_400_000 },
    { id: 'nonsense', subject: 's', revokedUntil: 8e15 },
    { id: 'plain', subject: 's', revokedUntil: Date.now() + 60_000 },
  ]
  const view = createRevocationView()
  const store = { revoked: async () => rows, announce: async () => undefined }
  const revocations = await createRevocations({ store, view, now: Date.now, every: 0 })
  expect(rows.map(({ id }) => view.has(id))).toEqual([true, true, true])
  revocations.close()
})
