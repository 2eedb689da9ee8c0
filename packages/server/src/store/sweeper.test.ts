// What has expired goes, in small batches with pauses between them; what lives stays, and closing ends the work early. That several nodes
// do not wait for each other's batches is the store's (store.test.ts).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { testClock } from '../../../../tests/support/in-process.ts'
import { audit, DAY, newSession, START } from '../../../../tests/support/store-rows.ts'
import { waitFor } from '../../../../tests/support/wait-for.ts'
import { createKeyRing } from '../keys/ring.ts'
import { generateSecret, parseSecret } from '../keys/secret.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'
import { createSweeper, type Sweeper } from './sweeper.ts'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-sweeper-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let store: Store
let files = 0
let sweepers: Sweeper[] = []
beforeEach(async () => {
  store = await openStore(join(directory, `${files++}.db`))
  return async () => {
    for (const sweeper of sweepers.splice(0)) sweeper.close()
    await store.close()
  }
})

const insert = async (count: number, expiresAt: number) => {
  const rows = Array.from({ length: count }, () => newSession({ expiresAt }))
  for (const row of rows) await store.insertSession(row, { underEpoch: 0, audit })
  return rows.map(({ id }) => id)
}

function sweeperAt(now: number, removeExpired: Store['removeExpired'] = store.removeExpired): Sweeper {
  const sweeper = createSweeper({
    store: { removeThrottles: store.removeThrottles, removeExpired },
    ring: { rotate: async () => false, retire: async () => 0 },
    rotateAfter: DAY,
    now: () => now,
    onEvent: ({ event }) => expect.fail(event),
  })
  sweepers.push(sweeper)
  return sweeper
}

test('never more than a hundred rows at once, and others are answered between two batches', async () => {
  await insert(110, START)
  const [living = ''] = await insert(1, START + 9 * DAY)
  const steps: string[] = []
  await sweeperAt(START + 2 * DAY, async (before, limit) => {
    const removed = await store.removeExpired(before, limit)
    steps.push(`removed ${removed}`)
    void store.session(living).then((row) => steps.push(row?.id === living ? 'answered' : 'gone'))
    return removed
  }).sweep()
  expect(steps.slice(0, 3)).toEqual(['removed 100', 'answered', 'removed 10'])
  expect(await store.session(living)).toMatchObject({ id: living })
})

test('a sweep under way ends when the sweeper is closed, and what is left is left', async () => {
  await insert(110, START)
  const sweeper = sweeperAt(START + 2 * DAY, (before, limit) => {
    sweeper.close()
    return store.removeExpired(before, limit)
  })
  await sweeper.sweep()
  expect(await store.removeExpired(START + DAY, 1_000)).toBe(10)
})

test('what expired less than a day ago is kept, for whoever asks why', async () => {
  const [id = ''] = await insert(1, START)
  await sweeperAt(START + DAY).sweep()
  expect(await store.session(id)).toMatchObject({ id })
  await sweeperAt(START + DAY + 1).sweep()
  expect(await store.session(id)).toBeUndefined()
})

test('by its timer alone: the next key is published in time, signs after ninety days, and the last one goes when its tokens are dead', async () => {
  const clock = testClock()
  const keyStore = await openStore(join(directory, 'keys.db'), { now: clock.now })
  const ring = await createKeyRing({
    store: keyStore,
    secrets: [parseSecret(generateSecret())],
    algorithm: 'ES256',
    lifetime: 900_000,
    now: clock.now,
  })
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const sweeper = createSweeper({
    store: keyStore,
    ring,
    rotateAfter: 90 * DAY,
    now: clock.now,
    onEvent: ({ event }) => expect.fail(event),
  })
  const swept = vi.spyOn(keyStore, 'removeThrottles')
  /** What the ring holds after the sweep of that day. */
  const on = async (day: number) => {
    clock.advance(testClock().now() + day * DAY - clock.now())
    const before = swept.mock.calls.length
    vi.advanceTimersByTime(10 * 60_000)
    await waitFor(() => swept.mock.calls.length > before)
    return (await ring.list()).map(({ state }) => state)
  }
  try {
    expect(await on(88.9)).toEqual(['signing'])
    expect(await on(89)).toEqual(['signing', 'published'])
    expect(await on(89.9)).toEqual(['signing', 'published'])
    expect(await on(90)).toEqual(['retiring', 'signing'])
    expect(await on(92)).toEqual(['signing'])
  } finally {
    vi.useRealTimers()
    sweeper.close()
    await keyStore.close()
  }
})
