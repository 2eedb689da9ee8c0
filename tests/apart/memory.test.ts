// A page that is open for months: after 10,000 refreshes and 100,000 requests it holds no more than before. Counted in Chromium's own
// heap after a forced collection. `npm run test:memory`; about ten minutes, so no part of `npm test`.
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openStage, REFRESH, type Stage } from '../support/browser.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

/** For a shorter try: a share of the numbers. */
const SHARE = Number(process.env['HALLPASS_SHARE'] ?? 1)
const CYCLES = Math.ceil(10_000 * SHARE)
const REQUESTS = Math.ceil(100_000 * SHARE)
/** A page of the application: what the client does for it is what it does for an API, and nobody has to check the token. */
const ADDRESS = '/blank'
/** What first times cost (compiled code, caches, the browser's own lists) is paid before counting. */
const WARM_UP = 0.1

interface Held {
  /** Bytes of JavaScript's heap that are reachable. */
  readonly heap: number
  readonly listeners: number
  readonly nodes: number
}

/** Compiled code and the browser's own tables go on growing a little; a share of the numbers must not fail for it. */
const NOISE = 65_536

/** What is still reachable: only a full collection tells, and objects with weak ties need more than one. */
async function held(session: CDPSession): Promise<Held> {
  for (let n = 0; n < 4; n++) await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN
  return { heap: value('JSHeapUsedSize'), listeners: value('JSEventListeners'), nodes: value('Nodes') }
}

/** Runs `work` for a while and then for long; what the long time added. */
async function growth(tab: Page, times: number, work: (times: number) => Promise<void>): Promise<Held> {
  const session = await tab.context().newCDPSession(tab)
  await session.send('Performance.enable')
  await work(Math.ceil(times * WARM_UP))
  const before = await held(session)
  await work(times)
  const after = await held(session)
  return {
    heap: after.heap - before.heap,
    listeners: after.listeners - before.listeners,
    nodes: after.nodes - before.nodes,
  }
}

/** Requests, twenty at a time; what they come to is not kept. */
const ask = (tab: Page, shared: boolean) => async (times: number) => {
  for (let done = 0; done < times; done += 1000) {
    const failed = await tab.evaluate(
      async ([times, shared, address]) => {
        const page = globalThis as unknown as { lasting?: AbortController }
        page.lasting ??= new AbortController()
        const { signal } = page.lasting
        let failed = 0
        for (let n = 0; n < times; n += 20)
          await Promise.all(
            Array.from({ length: 20 }, async () => {
              const response = await auth.fetch(address, shared ? { signal } : {})
              await response.text()
              if (response.status !== 200) failed += 1
            }),
          )
        // The browser's own record of requests, and the page's of what it was told, are no memory of ours.
        performance.clearResourceTimings()
        told.states.length = told.events.length = 0
        return failed
      },
      [Math.min(1000, times - done), shared, ADDRESS] as const,
    )
    expect(failed).toBe(0)
    forget()
  }
}

const forget = (): void => {
  counted += stage.proxy.arrivals.filter(({ headers }) => headers.authorization).length + stage.proxy.count(REFRESH)
  stage.proxy.forget()
}
let counted = 0

for (const [what, shared] of [
  ['', false],
  [', all with one AbortSignal that lives as long as the page', true],
] as const)
  test(`${REQUESTS} requests leave nothing behind${what}`, { timeout: 1_800_000 }, async () => {
    const { tab } = await stage.somebody()
    counted = 0
    const grown = await growth(tab, REQUESTS, ask(tab, shared))
    expect(counted).toBeGreaterThanOrEqual(REQUESTS)
    console.log(`${REQUESTS} requests${what}: ${JSON.stringify(grown)}`)
    // Two bytes a request: less than any object, closure or listener that one of them could have left.
    expect(grown.heap).toBeLessThan(Math.max(NOISE, 2 * REQUESTS))
    expect(grown.listeners).toBeLessThanOrEqual(0)
    expect(grown.nodes).toBeLessThanOrEqual(0)
  })

test(`${CYCLES} refreshes leave nothing behind`, { timeout: 1_800_000 }, async () => {
  const { tab } = await stage.somebody()
  counted = 0
  const grown = await growth(tab, CYCLES, async (times) => {
    for (let done = 0; done < times; done += 100) {
      await tab.evaluate(
        async (times) => {
          for (let n = 0; n < times; n++) await auth.refresh()
          performance.clearResourceTimings()
          told.states.length = told.events.length = 0
        },
        Math.min(100, times - done),
      )
      // So that each hundred rotates once at least.
      await stage.server.advance(31_000)
      forget()
    }
    expect(await tab.evaluate(() => auth.state)).toMatchObject({ status: 'in', degraded: false })
  })
  expect(counted).toBeGreaterThanOrEqual(CYCLES)
  console.log(`${CYCLES} refreshes: ${JSON.stringify(grown)}`)
  expect(grown.heap).toBeLessThan(Math.max(NOISE, 20 * CYCLES))
  expect(grown.listeners).toBeLessThanOrEqual(0)
  expect(grown.nodes).toBeLessThanOrEqual(0)
})

test('the measure finds one small object left by each request', { timeout: 600_000 }, async () => {
  const { tab } = await stage.somebody()
  const grown = await growth(tab, 10_000, async (times) => {
    await tab.evaluate((times) => {
      const page = globalThis as unknown as { left?: object[] }
      page.left ??= []
      for (let n = 0; n < times; n++) page.left.push({})
    }, times)
  })
  expect(grown.heap).toBeGreaterThan(NOISE)
})
