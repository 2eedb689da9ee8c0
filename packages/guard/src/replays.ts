// Proofs that were seen (RFC 9449 §11.1): each is good once. The memory of one process is here; several that answer for one service see
// each other's only through a store they share.

export interface ReplayStore {
  /**
   * Remembers an id for so many seconds; false when it is remembered already. Of two calls at once, one is told true. When it throws or
   * rejects, the request is answered by 503: what cannot be known is not assumed.
   *
   * @param id at most 172 characters, visible ASCII or what a client made up
   */
  add(id: string, seconds: number): boolean | Promise<boolean>
  /**
   * Since when it remembers, in milliseconds since 1970; undefined for a store that outlives the process. Proofs made shortly before that
   * are refused: they may have been used.
   */
  readonly since?: number
}

export interface ReplayMemoryOptions {
  /** The most ids that are held at once; 200,000 when not given, about 40 MB. */
  readonly entries?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Milliseconds that have passed since any moment; never set back, as the clock on the wall may be. */
  readonly elapsed?: () => number
}

/**
 * Makes the memory of one process.
 *
 * Only proofs that are right in every other way come here, each for a valid token, so filling it takes a signature for each entry; when
 * it is full, it throws until the oldest have run out.
 *
 * @throws TypeError when `entries` is no number of them
 */
export function createReplayMemory(options: ReplayMemoryOptions = {}): ReplayStore {
  const { entries = 200_000, now = Date.now, elapsed = () => performance.now() } = options
  if (!Number.isSafeInteger(entries) || entries < 1) throw new TypeError('"entries" is a number of ids above zero')
  /** When each may be forgotten, oldest first: they are all kept for about the same time. */
  const seen = new Map<string, number>()

  return {
    since: now(),
    add(id, seconds) {
      const at = elapsed()
      for (const [old, forgetAt] of seen) {
        if (forgetAt > at) break
        seen.delete(old)
      }
      if (seen.has(id)) return false
      if (seen.size >= entries) throw new Error('more proofs came in than can be remembered')
      seen.set(id, at + seconds * 1000)
      return true
    },
  }
}
