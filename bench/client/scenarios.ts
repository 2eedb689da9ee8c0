// The scenarios: ordinary bad days of a signed-in person, the same for everybody. What is asked of the auth server is counted in front of
// it; what the person notices is counted in the page; whether they are signed out is tried, not asked.
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Contender } from './contenders.ts'
import { MINUTE, PROFILE, type Visit } from './stage.ts'

export interface Outcome {
  readonly refreshes?: number
  /** Requests of the application that did not end in 200. */
  readonly failed?: number
  readonly requests?: number
  /** Tabs in which nothing but signing in again helps. */
  readonly signedOut?: number
  readonly tabs?: number
  /** Tabs in which a reload helps, and nothing else. */
  readonly reloads?: number
  /** Milliseconds until a request succeeds again by itself. */
  readonly away?: number
  /** Requests that arrived at a stranger's with a token. */
  readonly leaked?: number
  /** Why there is nothing to count. */
  readonly reason?: string
}

export interface Scenario {
  readonly name: string
  /** Milliseconds that the person's clock is ahead. */
  readonly ahead?: number
  run(visit: Visit, contender: Contender): Promise<Outcome>
}

const HTML = { 'content-type': 'text/html' }

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'fifty 401s at once',
    async run(visit) {
      const tab = await fresh(visit)
      visit.ageServer(16 * MINUTE)
      return judge(visit, [tab], await visit.ask(tab, PROFILE, 50))
    },
  },
  {
    name: 'fifty requests with a token that has expired',
    async run(visit) {
      const tab = await fresh(visit)
      await visit.age(16 * MINUTE)
      return judge(visit, [tab], await visit.ask(tab, PROFILE, 50))
    },
  },
  {
    name: 'five 401s that come late, 150 ms apart',
    async run(visit) {
      const tab = await fresh(visit)
      visit.ageServer(16 * MINUTE)
      for (let late = 1; late <= 5; late++) visit.proxy.break(PROFILE, { late: late * 150 }, 1)
      return judge(visit, [tab], await visit.ask(tab, PROFILE, 5))
    },
  },
  {
    name: 'ten tabs that wake after a night',
    async run(visit) {
      const tabs: Page[] = []
      for (let n = 0; n < 10; n++) tabs.push(await visit.tab())
      await quiet(visit)
      await visit.age(8 * 60 * MINUTE)
      const outcomes = await Promise.all(tabs.map((tab) => visit.ask(tab)))
      return judge(visit, tabs, outcomes.flat())
    },
  },
  {
    name: 'one 503 for the refresh',
    async run(visit) {
      const tab = await fresh(visit)
      visit.breakRefresh({ status: 503, headers: HTML, body: '<h1>Service Unavailable</h1>' }, 1)
      await visit.age(16 * MINUTE)
      return judge(visit, [tab], await visit.ask(tab))
    },
  },
  {
    name: 'one 429 for the refresh',
    async run(visit) {
      const tab = await fresh(visit)
      const headers = { ...HTML, 'retry-after': '2' }
      visit.breakRefresh({ status: 429, headers, body: '<h1>Too Many Requests</h1>' }, 1)
      await visit.age(16 * MINUTE)
      return judge(visit, [tab], await visit.ask(tab))
    },
  },
  {
    name: 'a clock one hour ahead, twenty requests',
    ahead: 60 * MINUTE,
    run: async (visit) => offClock(visit, await fresh(visit)),
  },
  {
    name: 'a clock one hour behind, twenty requests, then twenty more when the token has expired',
    ahead: -60 * MINUTE,
    async run(visit) {
      const tab = await fresh(visit)
      const first = await offClock(visit, tab)
      await visit.age(16 * MINUTE)
      const second = await offClock(visit, tab)
      return {
        ...second,
        failed: (first.failed ?? 0) + (second.failed ?? 0),
        requests: (first.requests ?? 0) + (second.requests ?? 0),
      }
    },
  },
  {
    name: 'navigation while a refresh is under way',
    async run(visit) {
      const tab = await fresh(visit)
      visit.breakRefresh({ slow: 600 }, 1)
      await visit.age(16 * MINUTE)
      void visit.ask(tab)
      await until(() => visit.refreshes() > 0)
      await tab.reload()
      await tab.evaluate(() => contender.started).catch(() => false)
      await wait(1000)
      await visit.age(16 * MINUTE)
      return judge(visit, [tab], await visit.ask(tab))
    },
  },
  {
    name: 'a request to another origin',
    async run(visit, { attaches }) {
      if (!attaches) return { reason: 'it hands the token out; the application sends it where it likes' }
      const tab = await fresh(visit)
      await visit.ask(tab, `${visit.foreign.origin}/echo`)
      const leaked = visit.foreign.arrivals.filter(({ headers }) => headers.authorization !== undefined).length
      if (visit.foreign.arrivals.length === 0) return { reason: 'the request was not sent' }
      return { leaked, requests: visit.foreign.arrivals.length }
    },
  },
  {
    name: 'an API that always says 401',
    async run(visit) {
      const tab = await fresh(visit)
      await visit.ask(tab, '/api/never')
      await wait(500)
      const refreshes = visit.refreshes()
      const requests = visit.proxy.count('/api/never')
      return { refreshes, requests, signedOut: (await visit.comesBack(tab)) === undefined ? 1 : 0, tabs: 1 }
    },
  },
  {
    name: 'sign-out while a refresh is under way',
    async run(visit) {
      const tab = await fresh(visit)
      visit.breakRefresh({ slow: 1000 }, 1)
      await visit.age(16 * MINUTE)
      void visit.ask(tab)
      await until(() => visit.refreshes() > 0)
      await tab.evaluate(() => void contender.signOut().catch(() => undefined)).catch(() => undefined)
      await wait(2500)
      const inThePage = (await visit.ask(tab))[0] === 200
      await tab.reload()
      const afterReload = await tab.evaluate(() => contender.started).catch(() => false)
      const again = (await visit.ask(tab))[0] === 200
      return { signedOut: inThePage || (afterReload && again) ? 0 : 1, tabs: 1 }
    },
  },
]

/** A tab of somebody who is signed in, with nothing under way and nothing counted. */
async function fresh(visit: Visit): Promise<Page> {
  const tab = await visit.tab()
  await quiet(visit)
  return tab
}

async function quiet(visit: Visit): Promise<void> {
  await wait(300)
  visit.proxy.forget()
}

async function offClock(visit: Visit, tab: Page): Promise<Outcome> {
  const outcomes: (number | string)[] = []
  for (let n = 0; n < 20; n++) outcomes.push(...(await visit.ask(tab)))
  return judge(visit, [tab], outcomes)
}

/** Counts, and then sees who is still signed in. Where requests failed, the refreshes are counted until one succeeds. */
async function judge(visit: Visit, tabs: readonly Page[], outcomes: readonly (number | string)[]): Promise<Outcome> {
  const failed = outcomes.filter((outcome) => outcome !== 200).length
  const sent = visit.refreshes()
  const back: Awaited<ReturnType<Visit['comesBack']>>[] = []
  for (const tab of tabs) back.push(await visit.comesBack(tab))
  return {
    refreshes: failed > 0 ? visit.refreshes() : sent,
    failed,
    requests: outcomes.length,
    signedOut: back.filter((after) => after === undefined).length,
    tabs: tabs.length,
    reloads: back.filter((after) => after === 'after a reload').length,
    away: Math.max(0, ...back.filter((after) => typeof after === 'number')),
  }
}

/** A refresh that never comes is waited for ten seconds. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end && !holds();) await wait(20)
}
