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
  /**
   * What happens to the next one when it is full. `refuse`, the default: nothing is taken until the oldest have run out. `forget`: the oldest
   * goes; where anybody can make proofs that come here, a full memory must not keep others out.
   */
  readonly whenFull?: 'refuse' | 'forget'
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Milliseconds that have passed since any moment; never set back, as the clock on the wall may be. */
  readonly elapsed?: () => number
}

/**
 * Makes the memory of one process.
 *
 * Only proofs that are right in every other way come here, at a guard each for a valid token, so filling it takes a signature for each entry.
 *
 * @throws TypeError when an option makes no sense
 */
export function createReplayMemory(options: ReplayMemoryOptions = {}): ReplayStore {
  const { entries = 200_000, whenFull = 'refuse', now = Date.now, elapsed = () => performance.now() } = options
  if (!Number.isSafeInteger(entries) || entries < 1) throw new TypeError('"entries" is a number of ids above zero')
  if (whenFull !== 'refuse' && whenFull !== 'forget') throw new TypeError('"whenFull" is "refuse" or "forget"')
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
      const [oldest] = seen.size >= entries ? seen.keys() : []
      if (oldest !== undefined && whenFull === 'refuse') throw new Error('more proofs came in than can be remembered')
      if (oldest !== undefined) seen.delete(oldest)
      seen.set(id, at + seconds * 1000)
      return true
    },
  }
}
