// The door for those who run a deployment: keys, audit and history of a store, without answering requests.
import { timelineOf, type Timeline } from './audit/timeline.ts'
import { createChainer, verifyChain, type ChainReport } from './audit/chain.ts'
import { milliseconds } from './duration.ts'
import { createConfiguredRing } from './keys/configured-ring.ts'
import { createKeyRing, type KeyRing } from './keys/ring.ts'
import { noteSecrets } from './keys/secret.ts'
import { readOptions, type HallpassOptions } from './options.ts'
import { openStore } from './store/open.ts'

export interface Operator {
  readonly keys: Pick<KeyRing, 'list' | 'rotate' | 'revoke' | 'retire' | 'reseal'>
  /** Checks the chain over the audit; `head` is what an earlier check printed. */
  verifyAudit(head?: string): Promise<ChainReport>
  /** What happened to a session or a person. */
  explain(id: string): Promise<Timeline>
  /**
   * Says that the database was restored from a backup: for a time ('12h', '7d') sessions are healed however far their row lies behind what
   * their browser holds, as long as that was handed out before now. Answers until when, in milliseconds since 1970.
   *
   * @throws TypeError when it is not a duration
   */
  recover(duration: string): Promise<number>
  /** Ends that time; false when there is none. */
  endRecovery(): Promise<boolean>
  /** Until when sessions are healed however far they lie behind, when they are now. */
  recoveringUntil(): Promise<number | undefined>
  /** The difference between the clock of this machine and the store's, in milliseconds. */
  clockOffset(): Promise<number>
  /** Names the secrets the store has seen, and those that are loaded here, without telling them. */
  secrets(): Promise<{ readonly seen: readonly string[]; readonly loaded: readonly string[] }>
  /** What the database's settings say about keeping what it acknowledged, by their own names. */
  databaseSettings(): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}

/**
 * Opens a store for an operator, beside the servers that run on it: they hear of every change within a second.
 *
 * @throws TypeError when an option cannot be used, or no secret opens the keys
 */
export async function openOperator(options: HallpassOptions): Promise<Operator> {
  const { database, secrets, algorithm, keys: configured, lifetime, idle, now } = readOptions(options)
  const store = await openStore(database, { now, beside: true, connections: 2 })
  try {
    await noteSecrets(store, secrets)
    const keys = await (configured === undefined
      ? createKeyRing({ store, secrets, algorithm, lifetime, now })
      : createConfiguredRing(configured, algorithm))
    const chainer = createChainer({ store, secret: secrets[0], onEvent: () => undefined })
    chainer.close()
    return {
      keys,
      async verifyAudit(head) {
        await chainer.chain()
        return verifyChain(store, secrets, head)
      },
      explain: (id) => timelineOf(store, id, { now: now(), idle }),
      async recover(duration) {
        const time = milliseconds(duration, 'the time')
        const declaredAt = await store.now()
        const until = declaredAt + time
        const audit = { at: declaredAt, event: 'recovery_declared', detail: { until } }
        await store.declareRecovery({ declaredAt, until }, audit)
        return until
      },
      async endRecovery() {
        const at = await store.now()
        return store.endRecovery(at, { at, event: 'recovery_ended' })
      },
      async recoveringUntil() {
        const recovery = await store.recovery()
        return recovery !== undefined && recovery.until > (await store.now()) ? recovery.until : undefined
      },
      async clockOffset() {
        const before = now()
        const theirs = await store.now()
        return Math.round((before + now()) / 2 - theirs)
      },
      secrets: async () => ({ seen: await store.secrets(), loaded: secrets.map(({ fingerprint }) => fingerprint) }),
      databaseSettings: () => store.settings(),
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
