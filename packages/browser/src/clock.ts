// Time as the client uses it: how long ago something was, never what o'clock it is. A person's clock may be days off, and `exp`
// is the server's clock; so a token's age is counted here, from `expiresIn` on.

/** A moment on two clocks: the wall clock goes on while the machine sleeps, the steady one is not moved by setting the time. */
export interface Moment {
  readonly wall: number
  readonly steady: number
}

export function now(): Moment {
  return { wall: Date.now(), steady: performance.now() }
}

/** Milliseconds since `moment`, on whichever clock saw more of them: too old is safe, too young is not. */
export function since(moment: Moment): number {
  return Math.max(Date.now() - moment.wall, performance.now() - moment.steady)
}

/** The moment another tab of this machine saw as `wall`. */
export function momentAt(wall: number): Moment {
  return { wall, steady: performance.now() - Math.max(0, Date.now() - wall) }
}

/** What `promise` gives, or undefined after `ms`: the waiting ends, what is waited for goes on. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, ms)))
  try {
    return await Promise.race([promise, enough])
  } finally {
    clearTimeout(timer)
  }
}

/** One timer at most; a wait past 2^31-1 ms would ring at once, so it is cut and asked again. */
export function createAlarm(ring: () => void): { set(ms: number): void; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const clear = (): void => clearTimeout(timer)
  return {
    clear,
    set(ms) {
      clear()
      timer = setTimeout(ring, Math.min(ms, 0x7fffffff))
    },
  }
}

/** How long to leave a server alone that could not answer: doubling, with jitter, and never less than it asked for. */
export function createBackOff(): { left(): number; failed(retryAfter: number | undefined): void; reset(): void } {
  let failures = 0
  let last = now()
  let wait = 0
  return {
    left: () => Math.max(0, wait - since(last)),
    failed(retryAfter = 0) {
      const own = Math.min(60_000, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2)
      last = now()
      wait = Math.max(own, Math.min(retryAfter, 600) * 1000)
    },
    reset() {
      failures = wait = 0
    },
  }
}
