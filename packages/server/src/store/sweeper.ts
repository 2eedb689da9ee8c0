// Removes what nobody asks for any more, in small batches that do not disturb: expired sessions, old throttle buckets, dead keys. And
// publishes the next key when the one that signs has signed for long enough.
import type { OnEvent } from '../events.ts'
import type { KeyRing } from '../keys/ring.ts'
import type { Store } from './store.ts'

const EVERY = 10 * 60_000
/** Rows: a fraction of a second's work for either engine. SQLite answers nobody else meanwhile. */
const BATCH = 100
/** A session past its end is kept a day, so that "why was I signed out" has an answer. */
const KEEP = 24 * 3_600_000
/** Milliseconds, and at least three times what the batch took: three quarters of the time belong to everybody else. */
const SHORTEST_PAUSE = 10

export interface Sweeper {
  /** Removes all there is; ends early when the sweeper is closed. */
  sweep(): Promise<void>
  close(): void
}

export function createSweeper(options: {
  readonly store: Pick<Store, 'removeExpired' | 'removeThrottles'>
  readonly ring: Pick<KeyRing, 'retire' | 'rotate'>
  /** How long a key signs before the next one does, milliseconds. */
  readonly rotateAfter: number
  readonly now: () => number
  readonly onEvent: OnEvent
}): Sweeper {
  const { store, ring, now } = options
  const closing = new AbortController()

  const emptied = async (remove: (limit: number) => Promise<number>) => {
    while (!closing.signal.aborted) {
      const begun = performance.now()
      if ((await remove(BATCH)) < BATCH) return
      const took = performance.now() - begun
      await new Promise<void>((resolve) => setTimeout(resolve, Math.max(SHORTEST_PAUSE, 3 * took)).unref())
    }
  }

  const sweep = async () => {
    // Keys first: they are few, and they do not wait for a month of sessions.
    await ring.rotate(options.rotateAfter)
    await ring.retire()
    const before = now() - KEEP
    await emptied((limit) => store.removeExpired(before, limit))
    await emptied((limit) => store.removeThrottles(before, limit))
  }

  let sweeping = false
  const timer = setInterval(() => {
    // A long one goes on; a second one beside it would take its pauses away.
    if (sweeping) return
    sweeping = true
    sweep()
      .catch((error: unknown) => (closing.signal.aborted ? undefined : options.onEvent({ event: 'failed', error })))
      .finally(() => (sweeping = false))
  }, EVERY)
  timer.unref()
  return {
    sweep,
    close() {
      closing.abort()
      clearInterval(timer)
    },
  }
}
