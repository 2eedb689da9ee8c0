// A person with a browser, simulated: signs up, refreshes now and then, comes again after every failure as our client does, and calls services
// with what it holds. It writes down everything that must not happen to somebody who did nothing wrong.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answered, Ask } from './asker.ts'

export interface SignedOut {
  readonly token: string
  readonly askedAt: number
  readonly acknowledgedAt: number
}

export interface Client {
  readonly name: string
  /** Signs up. */
  arrive(): Promise<void>
  /** Lives until `stop`; who was signed out signs in again after a while. */
  run(): Promise<void>
  stop(): void
  /**
   * Signs out; answers the pass that must die and when the sign-out was asked for and acknowledged (performance.now). Undefined when this client
   * is at something else, or gave up.
   */
  signOut(): Promise<SignedOut | undefined>
  /** Refreshes until it is answered with a session, or with something that signs out. */
  settle(): Promise<void>
  readonly violations: readonly string[]
  /** What the cookie says, for the comparison at the end. */
  held(): { readonly sessionId: string; readonly generation: number } | undefined
  /** Refreshes that were answered with a session. */
  readonly refreshed: () => number
  readonly calls: () => number
  /** The last answer that was not what it asked for. */
  readonly trouble: () => string
}

export function createClient(options: {
  readonly name: string
  readonly ask: Ask
  /** Where the issuer answers, and the services. */
  readonly issuer: number
  readonly services: readonly number[]
  readonly random: () => number
  /** Seconds between two refreshes, the least and the most. */
  readonly refreshEvery: readonly [number, number]
  /** Seconds between two calls at most. */
  readonly callEvery: number
  /** Whether a guard that is set to reject may do so now. */
  readonly mayBeStale: () => boolean
}): Client {
  const { name, ask, issuer, services, random, refreshEvery, callEvery, mayBeStale } = options
  const violations: string[] = []
  const state = { stopped: false, busy: false }
  const stopping = new AbortController()
  /** Ends early when the client is stopped. */
  const rest = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  let cookie: string | undefined
  let token = ''
  let sessionId = ''
  let diesAt = 0
  let refreshAt = 0
  let refreshed = 0
  let calls = 0
  let trouble = ''

  const take = ({ text, cookies }: Answered) => {
    const answer = JSON.parse(text) as { accessToken: string; expiresIn: number; session: { id: string } }
    token = answer.accessToken
    if (sessionId !== '' && answer.session.id !== sessionId) violations.push(`${name} became another session`)
    sessionId = answer.session.id
    diesAt = Date.now() + answer.expiresIn * 1000
    // Spread, so that early, ordinary and late refreshes all occur.
    const [least, most] = refreshEvery
    refreshAt = Date.now() + 1_000 * (least + (most - least) * random())
    const pair = cookies[0]?.split(';', 1)[0]
    if (pair !== undefined) cookie = pair
  }

  /** The rule of the client (packages/browser/src/clock.ts): twice the last pause, with jitter. Who retries at once keeps a node down. */
  let pause = 0
  const longer = () => {
    pause = Math.min(60_000, pause * 2 || 1_000)
    return pause * (1 - random() / 8)
  }

  const person = { email: `${name}@example.com`, password: 'correct horse battery' }
  let account = false
  const signIn = async (): Promise<void> => {
    sessionId = ''
    while (!state.stopped) {
      const answer = await ask(issuer, 'POST', `/api/auth/${account ? 'login' : 'register'}`, {}, person)
      if (answer?.status === 200 || answer?.status === 201) {
        account = true
        pause = 0
        return take(answer)
      }
      // The answer to an earlier try was lost.
      if (answer?.status === 409 && !account && answer.text.includes('email_taken')) {
        account = true
        continue
      }
      trouble = answer === undefined ? 'no answer' : `${answer.status} ${answer.text}`
      if (answer !== undefined && answer.status < 500 && answer.status !== 429)
        violations.push(`${name}: sign-in answered ${answer.status} ${answer.text}`)
      await rest(longer())
    }
  }

  const refresh = async (): Promise<boolean> => {
    const answer = await ask(issuer, 'POST', '/api/auth/refresh', {
      cookie: cookie ?? '',
      'hallpass-session': sessionId,
    })
    if (answer?.status === 200) {
      refreshed++
      pause = 0
      take(answer)
      return true
    }
    // Trouble of theirs or of the network: again in a while. Anything else signs an honest client out.
    if (answer !== undefined && answer.status < 500 && answer.status !== 429)
      violations.push(`${name}: refresh answered ${answer.status} ${answer.text}`)
    trouble = answer === undefined ? 'no answer' : `${answer.status} ${answer.text}`
    refreshAt = Date.now() + longer()
    return false
  }

  const call = async (): Promise<void> => {
    const port = services[Math.floor(random() * services.length)] ?? 0
    const [sent, at] = [token, diesAt]
    const get = () => ask(port, 'GET', '/', { authorization: `Bearer ${sent}` })
    // A kept connection may be closed as it is used: browsers send a GET again.
    const answer = (await get()) ?? (await get())
    calls++
    // A pass that died on the way is nobody's fault.
    if (answer?.status === 200 || Date.now() > at - 1_000 || sent !== token) return
    if (answer?.status === 503 && answer.text === 'revocations_stale' && mayBeStale()) return
    violations.push(
      `${name}: a service answered ${answer === undefined ? 'nothing' : `${answer.status} ${answer.text}`}`,
    )
  }

  return {
    name,
    violations,
    arrive: signIn,
    async run() {
      while (!state.stopped) {
        await rest(1_000 * callEvery * (0.2 + 0.8 * random()))
        if (state.stopped || state.busy) continue
        state.busy = true
        if (cookie === undefined) await signIn()
        else if (Date.now() >= refreshAt) await refresh()
        if (cookie !== undefined && Date.now() < diesAt - 2_000) await call()
        state.busy = false
      }
    },
    stop() {
      state.stopped = true
      stopping.abort()
    },
    async signOut() {
      if (state.busy || cookie === undefined) return undefined
      state.busy = true
      try {
        const ended = { token, askedAt: performance.now() }
        // Whoever asked to be signed out asks until it is done.
        let answer = await ask(issuer, 'POST', '/api/auth/logout', { cookie })
        while (!state.stopped && (answer === undefined || answer.status >= 500)) {
          await rest(longer())
          answer = await ask(issuer, 'POST', '/api/auth/logout', { cookie })
        }
        const acknowledgedAt = performance.now()
        pause = 0
        cookie = undefined
        if (answer?.status === 204) return { ...ended, acknowledgedAt }
        if (!state.stopped) violations.push(`${name}: sign-out answered ${answer?.status} ${answer?.text}`)
        return undefined
      } finally {
        state.busy = false
      }
    },
    async settle() {
      const faults = violations.length
      for (let attempt = 0; attempt < 30; attempt++) {
        if (attempt > 0) await sleep(1_000)
        if ((await refresh()) || violations.length > faults) return
      }
      violations.push(`${name}: no session at the end: ${trouble}`)
    },
    held() {
      const payload = cookie?.split('=')[1]?.split('.')[1]
      if (payload === undefined) return undefined
      const { sid, gen } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string; gen: number }
      return { sessionId: sid, generation: gen }
    },
    refreshed: () => refreshed,
    calls: () => calls,
    trouble: () => trouble,
  }
}
