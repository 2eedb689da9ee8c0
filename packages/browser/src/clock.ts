// Time as the client uses it: how long ago something was, never what o'clock it is. A person's clock may be days off, and `exp`
// is the server's clock; so a token's age is counted here, from `expiresIn` on.

/**
 * Milliseconds since a reading of `Date.now()`, the one clock that goes on while the machine sleeps. A clock that was set back
 * makes things old as well: too old costs one refresh, too young a refused request.
 */
export function since(then: number): number {
  return Math.abs(Date.now() - then)
}

/** Waits for `promise`, but no longer than `ms`: the waiting ends, what is waited for goes on. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined)
    void promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Waits for `promise`, but no longer than `signal` allows, and leaves nothing on it: it may live as long as the page. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Milliseconds to leave a server alone after it failed again: twice the last pause, with jitter, but never less than it asked. */
export function longer(pause: number, retryAfter = 0): number {
  return Math.max(retryAfter * 1000, Math.min(2 * pause || 1000, 60_000) * (1 - Math.random() / 8))
}
