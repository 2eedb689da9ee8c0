// What happened to a session, in memory, for its owner to look at: the last events of the last sessions, and no more.
import type { HallpassEvent } from '@hallpass/server'

export type Happened =
  | { readonly what: 'signed_in'; readonly amr: readonly string[] }
  /** With its row of the rotation table: rotated, repeated, replayed, late, recovered, healed. */
  | { readonly what: 'refreshed'; readonly outcome: string }
  /** A pass was let expire, and refused. */
  | { readonly what: 'expired'; readonly jti: string }
  /** An altered pass was shown to the guard. */
  | { readonly what: 'altered'; readonly alteration: string; readonly status: number }

/** `at` in milliseconds since 1970. */
export type HistoryEntry = Happened & { readonly at: number }

export interface History {
  /** What the server tells its listener; events of no session are left out. */
  hear(event: HallpassEvent): void
  add(sessionId: string, happened: Happened): void
  /** The newest first. */
  of(sessionId: string): readonly HistoryEntry[]
}

/**
 * Keeps the last events.
 *
 * @param options.sessions how many sessions are remembered; the one that was quiet for longest goes first
 * @param options.each how many events of one session
 */
export function createHistory(options: {
  readonly now: () => number
  readonly sessions: number
  readonly each: number
}): History {
  const { now, sessions, each } = options
  // A Map keeps the order of insertion: taking a session out and putting it back makes it the youngest.
  const remembered = new Map<string, readonly HistoryEntry[]>()

  const add: History['add'] = (sessionId, happened) => {
    const entries = [{ ...happened, at: now() }, ...(remembered.get(sessionId) ?? [])].slice(0, each)
    remembered.delete(sessionId)
    remembered.set(sessionId, entries)
    const [oldest] = remembered.keys()
    if (remembered.size > sessions && oldest !== undefined) remembered.delete(oldest)
  }

  return {
    add,
    hear(event) {
      if (event.event === 'session_started') add(event.sessionId, { what: 'signed_in', amr: event.amr })
      if (event.event === 'refresh' && !['ended', 'stale', 'unproven'].includes(event.outcome))
        add(event.sessionId, { what: 'refreshed', outcome: event.outcome })
      if (event.event === 'session_ended') remembered.delete(event.sessionId)
    },
    of: (sessionId) => remembered.get(sessionId) ?? [],
  }
}
