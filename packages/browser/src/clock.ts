// Time as the client uses it: how long ago something was, never what o'clock it is. A person's clock may be days off, and `exp`
// is the server's clock; so a token's age is counted here, from `expiresIn` on.

/**
 * Milliseconds since a reading of `Date.now()`, the one clock that goes on while the machine sleeps. A clock that was set back
 * makes things old as well: too old costs one refresh, too young a refused request.
 */
export function since(then: number): number {
  return Math.abs(Date.now() - then)
}

/** What `promise` gives, or undefined after `ms`: the waiting ends, what is waited for goes on. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined)
    void promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** One timer at most; a wait past 2^31-1 ms would ring at once, so it is cut and asked again. */
export function createAlarm(ring: () => void): (ms: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (ms) => {
    clearTimeout(timer)
    if (ms >= 0) timer = setTimeout(ring, Math.min(ms, 0x7fffffff))
  }
}

/** Milliseconds to leave a server alone after it failed again: twice the last pause, with jitter, but never less than it asked. */
export function longer(pause: number, retryAfter = 0): number {
  return Math.max(Math.min(60_000, pause * 2 || 1000) * (1 - Math.random() / 4), Math.min(retryAfter, 600) * 1000)
}
