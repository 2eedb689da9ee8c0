// What ended while its access tokens may still live: told to the guard of this process at once, listed for every other one.
import { createHash } from 'node:crypto'
import type { RevocationView } from '@hallpass/guard'
import type { EndedSession, Store } from '../store/store.ts'

export interface Revocations {
  /** Tells the guard of this process; the store has it already. */
  publish(ended: readonly EndedSession[]): void
  /** The whole list as the wire has it, with a strong ETag over it. */
  snapshot(): Promise<{ readonly body: string; readonly etag: string }>
  /** Reads the store again: what other nodes ended. */
  sync(): Promise<void>
  close(): void
}

export async function createRevocations(options: {
  readonly store: Store
  readonly view: RevocationView
  readonly now: () => number
  /** How often to read what other nodes ended, in milliseconds; 0 when this process is alone. */
  readonly every: number
}): Promise<Revocations> {
  const { store, view, now, every } = options
  const publish = (ended: readonly EndedSession[]) => {
    // Rounded up: a pass that dies within this second must not be let through by the fraction.
    for (const session of ended) view.end(session.id, Math.ceil(session.revokedUntil / 1000))
  }
  const sync = async () => publish(await store.revoked(now()))

  await sync()
  // A store that is away is not the guard's trouble: verification goes on, and the next round reads all again.
  const timer = every > 0 ? setInterval(() => void sync().catch(() => undefined), every) : undefined
  timer?.unref()

  return {
    publish,
    sync,
    async snapshot() {
      if (every > 0) await sync()
      const body = JSON.stringify({ revocations: view.snapshot() })
      return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
    },
    close: () => clearInterval(timer),
  }
}
