// The throttle of a store on both engines: a hundred tries at once are a hundred tries.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Databases, engines, startDatabases } from '../../../../tests/support/databases.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

const NOW = 1_000_000
const HOUR = 3_600_000
const bucket = (key: string, ...delays: number[]) => ({ key, delays })

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

describe.each(engines)('%s', (engine) => {
  let stores: readonly [Store, Store]
  beforeAll(async () => {
    // Two nodes, where the engine has them.
    const database = await databases.fresh(engine)
    const store = await openStore(database)
    stores = [store, engine === 'postgres' ? await openStore(database) : store]
  })
  afterAll(() => Promise.all(stores.map((store) => store.close())))

  test('waits grow with the failures, and the last serves for all that follow', async () => {
    const [store] = stores
    const one = [bucket('growing', 0, 100, 500)]
    let now = NOW
    for (const wait of [0, 100, 500, 500, 500]) {
      expect(await store.takeTry(one, now, HOUR)).toEqual({ result: 'taken' })
      if (wait > 0)
        expect(await store.takeTry(one, now + wait - 1, HOUR)).toEqual({ result: 'closed', retryAt: now + wait })
      now += wait
    }
  })

  test('a try that finds one bucket closed is counted in none', async () => {
    const [store] = stores
    await store.takeTry([bucket('shut', 1_000)], NOW, HOUR)
    const both = [bucket('open', 0, 7_000), bucket('shut', 1_000)]
    for (let i = 0; i < 5; i++) {
      expect(await store.takeTry(both, NOW, HOUR)).toEqual({ result: 'closed', retryAt: NOW + 1_000 })
    }
    // Still its first failure: no wait; the second has one.
    expect(await store.takeTry([bucket('open', 0, 7_000)], NOW, HOUR)).toEqual({ result: 'taken' })
    expect(await store.takeTry([bucket('open', 0, 7_000)], NOW, HOUR)).toEqual({ result: 'taken' })
    expect(await store.takeTry([bucket('open', 0, 7_000)], NOW, HOUR)).toEqual({
      result: 'closed',
      retryAt: NOW + 7_000,
    })
    expect(await store.takeTry(both, NOW, HOUR)).toEqual({ result: 'closed', retryAt: NOW + 7_000 })
  })

  test('a bucket untouched for long starts anew', async () => {
    const [store] = stores
    const one = [bucket('forgotten', 0, 0, 2 * HOUR)]
    for (let i = 0; i < 3; i++) await store.takeTry(one, NOW, HOUR)
    expect((await store.takeTry(one, NOW + HOUR, HOUR)).result).toBe('closed')
    for (let i = 0; i < 3; i++) {
      expect(await store.takeTry(one, NOW + HOUR + 1, HOUR), `try ${i}`).toEqual({ result: 'taken' })
    }
    expect((await store.takeTry(one, NOW + HOUR + 1, HOUR)).result).toBe('closed')
  })

  test('a success clears one bucket and gives its try back to another', async () => {
    const [store] = stores
    const both = [bucket('account', 0, 500), bucket('address', 0, 0, 500)]
    for (let i = 0; i < 2; i++) expect((await store.takeTry(both, NOW, HOUR)).result).toBe('taken')
    await store.returnTry({ cleared: ['account'], returned: ['address', 'never seen'] })
    // The account begins at its first failure again, the address at its second.
    expect((await store.takeTry(both, NOW, HOUR)).result).toBe('taken')
    expect((await store.takeTry(both, NOW, HOUR)).result).toBe('taken')
    expect(await store.takeTry([bucket('address', 0, 0, 500)], NOW, HOUR)).toEqual({
      result: 'closed',
      retryAt: NOW + 500,
    })
  })

  test('old buckets are removed in batches', async () => {
    const [store] = stores
    for (let i = 0; i < 5; i++) await store.takeTry([bucket(`old ${i}`, 9 * HOUR)], 10 + i, HOUR)
    expect(await store.removeThrottles(14, 3)).toBe(3)
    expect(await store.removeThrottles(14, 3)).toBe(1)
    expect(await store.removeThrottles(14, 3)).toBe(0)
    expect((await store.takeTry([bucket('old 4', 1)], 14, HOUR)).result).toBe('closed')
  })

  test('of 100 tries at once exactly as many are taken as are free, round after round', async () => {
    for (let round = 0; round < 3; round++) {
      const one = [bucket(`crowd ${round}`, 0, 0, 0, 60_000)]
      const tries = Array.from({ length: 100 }, (_, i) => stores[i % 2 === 0 ? 0 : 1].takeTry(one, NOW, HOUR))
      const results = await Promise.all(tries)
      expect(results.filter(({ result }) => result === 'taken')).toHaveLength(4)
      expect(results.filter(({ result }) => result === 'closed')).toHaveLength(96)
    }
  })

  test('tries that name the same buckets in another order do not wait for each other for ever', async () => {
    const [a, b] = [bucket('left', 0), bucket('right', 0)]
    const tries = Array.from({ length: 60 }, (_, i) =>
      stores[i % 2 === 0 ? 0 : 1].takeTry(i % 3 === 0 ? [a, b] : [b, a], NOW, HOUR),
    )
    expect(new Set((await Promise.all(tries)).map(({ result }) => result))).toEqual(new Set(['taken']))
  })
})
