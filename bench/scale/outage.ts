// What comes back after an outage, second by second: every client of a deployment, simulated by the rules that the client of this repository
// keeps (packages/browser/src/clock.ts), and by others that people write.

/** How a client spreads what it does. Answers a factor for a wait. */
export type Spread = (random: () => number) => number

export const SPREADS = {
  /** Exactly when it is due, and pauses of exactly twice the last one. */
  none: () => 1,
  /** The client of this repository: up to an eighth earlier. */
  eighth: (random) => 1 - random() / 8,
  /** Anywhere between nothing and the whole pause. */
  full: (random) => random(),
} as const satisfies Readonly<Record<string, Spread>>

export interface Outage {
  readonly clients: number
  /** Seconds, all of these. */
  readonly lifetime: number
  readonly length: number
  /** How many refreshes a second are answered; the rest get 503 and a `Retry-After` of one second. */
  readonly capacity: number
  readonly spread: Spread
  /** Whether the clients signed in at moments of their own, or all at one (a restart of everything, nine o'clock). */
  readonly together: boolean
  readonly random: () => number
}

export interface Aftermath {
  /** Refreshes a second in the quiet before. */
  readonly usual: number
  /** The most that came in any second after the end of the outage. */
  readonly peak: number
  /** Seconds from the end of the outage until every client that was turned away has been answered. */
  readonly recovered: number
  /** Clients whose pass had died before they got the next one. */
  readonly without: number
}

const LONGEST_PAUSE = 60

/** Plays it, in steps of a tenth of a second: who comes in one step is answered in the order of coming, as far as the capacity goes. */
export function playOutage({ clients, lifetime, length, capacity, spread, together, random }: Outage): Aftermath {
  const STEP = 0.1
  // The outage begins when everybody has a pass, in the middle of their lives.
  const begins = lifetime
  const ends = begins + length
  const queue = new Map<number, { pause: number; diesAt: number }[]>()
  const put = (at: number, client: { pause: number; diesAt: number }) => {
    const step = Math.ceil(at / STEP)
    const there = queue.get(step)
    if (there === undefined) queue.set(step, [client])
    else there.push(client)
  }
  // A pass is renewed a little before it dies.
  const margin = Math.min(60, lifetime / 10)
  for (let index = 0; index < clients; index++) {
    const got = together ? begins - lifetime * 0.5 : begins - lifetime * random()
    put(got + (lifetime - margin) * spread(random), { pause: 0, diesAt: got + lifetime })
  }

  let waiting = clients
  let without = 0
  let peak = 0
  let recovered = 0
  const perSecond = new Map<number, number>()
  for (let step = 0; waiting > 0; step++) {
    const now = step * STEP
    const here = queue.get(step)
    queue.delete(step)
    if (here === undefined) continue
    const room = Math.ceil(capacity * STEP)
    for (const [index, client] of here.entries()) {
      if (now >= ends) {
        const second = Math.floor(now - ends)
        const came = (perSecond.get(second) ?? 0) + 1
        perSecond.set(second, came)
        peak = Math.max(peak, came)
      }
      if (now < begins || (now >= ends && index < room)) {
        // Before it, everything is as usual: that client comes again when its new pass is due, which is after the outage or in it.
        if (now < begins) {
          put(now + (lifetime - margin) * spread(random), { pause: 0, diesAt: now + lifetime })
          continue
        }
        waiting--
        if (client.pause > 0) recovered = now - ends
        if (client.diesAt < now) without++
        continue
      }
      client.pause = Math.min(LONGEST_PAUSE, client.pause * 2 || 1)
      const least = now >= ends ? 1 : 0
      put(now + Math.max(STEP, least, client.pause * spread(random)), client)
    }
  }
  return { usual: clients / (lifetime - margin), peak, recovered, without }
}
