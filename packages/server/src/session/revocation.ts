// What ended while its access tokens may still live: told to the guard of this process and to the other nodes at once, and read
// again from the store, so that what was not heard is known a second later all the same.
import type { Revocation, RevocationView } from '@hallpass/guard'
import type { EndedSession, Store } from '../store/store.ts'

type Ended = Pick<EndedSession, 'id' | 'revokedUntil'>

export interface Revocations {
  /** Tells the guard of this process, whoever watches, and the other nodes; the store has it already. */
  publish(ended: readonly EndedSession[]): void
  /** Takes in what another node told. */
  heard(ended: readonly Ended[]): void
  /** All of it, once it is certain that it is no older than `every`. Rejects with StoreUnavailable when it is not. */
  list(): Promise<readonly Revocation[]>
  /** All of it as it is known now, and how many milliseconds ago that was certain. */
  known(): { readonly revocations: readonly Revocation[]; readonly age: number }
  /** Calls back with what was not known before, as it becomes known. Answers the way to stop. */
  watch(added: (revocations: readonly Revocation[]) => void): () => void
  /** Reads the whole of it again: after a lost connection, whatever was said meanwhile. */
  sync(): Promise<void>
  close(): void
}

/** Seconds: an entry stays so long after its time, for the services whose clocks are behind or tolerate others that are. */
export const LISTED_AFTER = 60
/** Seconds: no access token lives longer, whatever is configured (options.ts). */
const LONGEST = 86_400
/** A transaction that began before a read may be seen only after it, and clocks of nodes differ: so far it looks back. */
const OVERLAP = 60_000
/** How often everything is read, for the node whose clock is further off than that. */
const WHOLE_EVERY = 30_000

export async function createRevocations(options: {
  readonly store: Pick<Store, 'revoked' | 'announce'>
  readonly view: RevocationView
  readonly now: () => number
  /** How often to read what other nodes ended, in milliseconds; 0 when this process is alone. */
  readonly every: number
}): Promise<Revocations> {
  const { store, view, now, every } = options
  const watchers = new Set<(revocations: readonly Revocation[]) => void>()
  let syncedAt = -Infinity
  let wholeAt = -Infinity
  let highest = 0
  let syncing: Promise<void> | undefined

  const take = (ended: readonly Ended[]) => {
    const added: Revocation[] = []
    for (const { id: sid, revokedUntil } of ended) {
      // Rounded up: a pass that dies within this second must not be let through by the fraction.
      const until = Math.min(Math.ceil(revokedUntil / 1000), Math.ceil(now() / 1000) + LONGEST)
      if (view.end(sid, until)) added.push({ sid, until })
    }
    if (added.length > 0) for (const watcher of watchers) watcher(added)
  }

  const since = (time: number) => {
    const passed = now() - time
    // A clock that was set back makes nothing fresh.
    return passed >= 0 ? passed : Infinity
  }

  const read = async (): Promise<void> => {
    const startedAt = now()
    const whole = since(wholeAt) >= WHOLE_EVERY
    const rows = await store.revoked(Math.max(startedAt - LISTED_AFTER * 1000, whole ? 0 : highest - OVERLAP))
    take(rows)
    highest = Math.max(highest, rows.at(-1)?.revokedUntil ?? 0)
    syncedAt = startedAt
    if (whole) wholeAt = startedAt
  }
  /** One read at a time: who asks while one is under way may not know from it what was written since. */
  const next = (): Promise<void> => {
    syncing ??= read().finally(() => {
      syncing = undefined
    })
    return syncing
  }

  await next()
  // A store that is away is not the guard's trouble: verification goes on, and a later round reads all again.
  const timer = every > 0 ? setInterval(() => void next().catch(() => undefined), every) : undefined
  timer?.unref()

  return {
    publish(ended) {
      take(ended)
      if (every > 0 && ended.length > 0) void store.announce({ about: 'ended', ended }).catch(() => undefined)
    },

    heard: take,

    async list() {
      if (every > 0 && since(syncedAt) > every) await next()
      return view.snapshot()
    },

    known: () => ({ revocations: view.snapshot(), age: every > 0 ? since(syncedAt) : 0 }),

    watch(added) {
      watchers.add(added)
      return () => void watchers.delete(added)
    },

    async sync() {
      wholeAt = -Infinity
      await syncing?.catch(() => undefined)
      await next()
    },

    close: () => clearInterval(timer),
  }
}
