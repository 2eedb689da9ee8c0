// Removes what nobody asks for any more, in small batches that do not disturb: expired sessions, old throttle buckets, dead keys. And
// publishes the next key when the one that signs has signed for long enough.
import type { OnEvent } from '../events.ts'
import type { KeyRing } from '../keys/ring.ts'
import type { Store } from './store.ts'

const EVERY = 10 * 60_000
const BATCH = 500
/** A session past its end is kept a day, so that "why was I signed out" has an answer. */
const KEEP = 24 * 3_600_000

export function createSweeper(options: {
  readonly store: Pick<Store, 'removeExpired' | 'removeThrottles'>
  readonly ring: Pick<KeyRing, 'retire' | 'rotate'>
  /** How long a key signs before the next one does, milliseconds. */
  readonly rotateAfter: number
  readonly now: () => number
  readonly onEvent: OnEvent
}): { sweep(): Promise<void>; close(): void } {
  const { store, ring, now } = options

  const sweep = async () => {
    const before = now() - KEEP
    while ((await store.removeExpired(before, BATCH)) === BATCH) await pause()
    while ((await store.removeThrottles(before, BATCH)) === BATCH) await pause()
    await ring.rotate(options.rotateAfter)
    await ring.retire()
  }
  const timer = setInterval(
    () => void sweep().catch((error: unknown) => options.onEvent({ event: 'failed', error })),
    EVERY,
  )
  timer.unref()
  return { sweep, close: () => clearInterval(timer) }
}

/** Lets those in who came meanwhile. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 20))
