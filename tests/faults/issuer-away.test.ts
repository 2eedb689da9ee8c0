// The issuer is away for ten minutes, longer than any pass lives on, and returns: the client that browsers run, forty times and with two tabs
// each, in the one process of the test, against a real server over sockets. Their clock is the test's; all have signed in at one moment, which is
// the worst there is. Everything is counted at the server.
import { setMaxListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { createAuth, type Auth } from '@hallpass/browser'
import { guard } from '@hallpass/guard'
import { startBalancer } from '../support/balancer.ts'
import { check } from '../support/checked.ts'
import { cookiePairs, exchange } from '../support/http-exchange.ts'
import { startRealServer } from '../support/real-server.ts'

const BROWSERS = 40
/** Seconds. A pass lives 900. */
const [AWAY_AT, AWAY_FOR] = [600, 600]

const toClose: (() => Promise<void> | void)[] = []
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  for (const close of toClose.splice(0).toReversed()) await close()
})

/** Numbers from 0 to 1, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Browser {
  readonly tabs: readonly Auth[]
  readonly signedOut: readonly string[]
  /** The requests that were sent, answered or not. */
  readonly sent: () => number
}

/** One cookie jar and two tabs: they share a lock and a channel, as the tabs of a browser do, by their name. */
function openBrowser(name: string, address: string, network: { open: number }): Browser {
  const signedOut: string[] = []
  const jar = new Map<string, string>()
  let sent = 0
  const send = async (request: Request): Promise<Response> => {
    const { method, headers, url } = request
    const body = await request.text()
    sent++
    network.open++
    try {
      const answer = await exchange(address, method, new URL(url).pathname, {
        headers: [...headers, ['sec-fetch-site', 'same-origin'], ['cookie', [...jar.values()].join('; ')]],
        body,
      })
      for (const pair of cookiePairs(answer)) jar.set(pair.split('=', 1)[0] ?? '', pair)
      const bare = [204, 205, 304].includes(answer.status)
      return new Response(bare ? null : answer.text, { status: answer.status, headers: { ...answer.headers } })
    } finally {
      network.open--
    }
  }
  const scope = {
    document: { baseURI: `${address}/`, hidden: false },
    navigator: { cookieEnabled: true },
    localStorage: {},
  }
  const tabs = [1, 2].map(() => createAuth({ name, binding: send, onSignedOut: (why) => signedOut.push(why) }, scope))
  return { tabs, signedOut, sent: () => sent }
}

test(
  'browsers stay signed in while the issuer is away, and come back spread, once each',
  { timeout: 300_000 },
  async () => {
    const line = await startBalancer()
    toClose.push(() => line.close())
    const issuer = await startRealServer({
      issuer: line.url,
      checkPassword: (email) => ({ id: email }),
    })
    toClose.push(() => issuer.close())
    line.targets = [Number(new URL(issuer.address).port)]

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    vi.spyOn(Math, 'random').mockImplementation(seeded(6))
    const page = new EventTarget()
    setMaxListeners(0, page)
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))

    const network = { open: 0 }
    /** What is under way, locks and words between tabs included, comes to its end: none of it waits for the clock. */
    const settled = async () => {
      for (let quiet = 0; quiet < 8; quiet++) {
        await new Promise(setImmediate)
        if (network.open > 0) quiet = 0
      }
    }
    const pass = async (seconds: number, each: () => void = () => undefined) => {
      for (let step = 0; step < seconds * 4; step++) {
        await vi.advanceTimersByTimeAsync(250)
        await settled()
        if (step % 4 === 3) each()
      }
    }
    const refreshes = () => issuer.events.filter(({ event }) => event === 'refresh')

    const browsers = Array.from({ length: BROWSERS }, (_, index) => openBrowser(`browser-${index}`, line.url, network))
    toClose.push(() => {
      for (const { tabs } of browsers) for (const tab of tabs) tab.dispose()
    })
    await pass(2)
    for (const [index, { tabs }] of browsers.entries())
      await tabs[0]?.login({ email: `person-${index}@example.com`, password: 'x' })
    await pass(2)
    const everyone = () => browsers.flatMap(({ tabs }) => tabs)
    expect(new Set(everyone().map(({ state }) => state.status))).toEqual(new Set(['in']))

    const service = guard({ issuer: line.url, audience: line.url })
    toClose.push(() => service.close())
    const { json } = await issuer.ask('POST', 'login', { json: { email: 'ada@example.com', password: 'x' } })
    const token = String(json['accessToken'])
    expect(await check(service, token)).toBe('ok')

    await pass(AWAY_AT)
    const before = refreshes().length
    const sentBefore = browsers.map(({ sent }) => sent())
    line.refused = true
    line.cut()
    await pass(899 - AWAY_AT)
    // A service goes on until the pass dies, and no longer.
    expect(await check(service, token)).toBe('ok')
    await pass(AWAY_AT + AWAY_FOR - 899)
    expect(await check(service, token)).toBe('401 invalid_token')
    // Browsers have asked in vain, seldom, and know it; nobody was signed out.
    expect(refreshes().length).toBe(before)
    const inVain = browsers.map(({ sent }, index) => sent() - (sentBefore[index] ?? 0))
    expect(Math.min(...inVain)).toBeGreaterThan(0)
    expect(Math.max(...inVain)).toBeLessThan(40)
    expect(new Set(everyone().map(({ state }) => `${state.status} ${state.degraded}`))).toEqual(new Set(['in true']))

    line.refused = false
    /** Refreshes at the server in each second after the return. */
    const arrivals: number[] = []
    await pass(75, () => arrivals.push(refreshes().length - before - arrivals.reduce((sum, one) => sum + one, 0)))
    const came = refreshes().slice(before)
    expect(new Set(everyone().map(({ state }) => `${state.status} ${state.degraded}`))).toEqual(new Set(['in false']))
    expect(browsers.flatMap(({ signedOut }) => signedOut)).toEqual([])
    // One of the two tabs asked, and handed over what it was given.
    expect(came.length).toBe(BROWSERS)
    expect(new Set(came.map((one) => one.event === 'refresh' && `${one.outcome} ${one.sessionId}`)).size).toBe(BROWSERS)
    expect(came.every((one) => one.event === 'refresh' && one.outcome === 'rotated')).toBe(true)
    // Within the longest pause, a minute: nobody lets one pass. Without the jitter of the pauses all forty come in one second.
    expect(arrivals.slice(62).every((count) => count === 0)).toBe(true)
    expect(Math.max(...arrivals)).toBeLessThanOrEqual(BROWSERS / 4)
    expect(arrivals.filter((count) => count > 0).length).toBeGreaterThanOrEqual(BROWSERS / 4)
  },
)
