// What has expired goes, in small batches with pauses between them; what lives stays, and closing ends the work early. That several nodes
// do not wait for each other's batches is the store's (store.test.ts).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { audit, DAY, newSession, START } from '../../../../tests/support/store-rows.ts'
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
