// The tabs of one browser share one cookie, so they act as one: a lock lets one of them refresh at a time, a channel hands the
// result over and spreads sign-in and sign-out. Nothing here is needed for being right (the server bears any number of
// refreshes), only for being quiet; so each part may be missing.

/** What tabs say to each other. Each speaks of a session by its public id, so a word that comes late harms nobody. */
export type Message =
  | { readonly kind: 'ask' }
  | { readonly kind: 'out'; readonly sid: string | null; readonly why: string }
  | {
      /** `in`: somebody signed in. `pass`: the token of a session that goes on. */
      readonly kind: 'in' | 'pass'
      readonly sid: string
      readonly user: unknown
      /** Left out where tokens are not shared. */
      readonly token?: string
      /** Milliseconds it lives from `at`, which is the sender's wall clock. */
      readonly life: number
      readonly at: number
    }

export interface Tabs {
  /** Runs `work` while no other tab does; after `patience` ms of waiting it runs all the same, for a tab may be frozen. */
  exclusive<T>(work: () => Promise<T>, patience: number): Promise<T>
  /** Whether another page that is not frozen in the back/forward cache listens: a message would throw such a page away. */
  others(): Promise<boolean>
  say(message: Message): void
  /** Says that this page lives (again), or that it goes to sleep. */
  here(present: boolean): void
  close(): void
}

export function createTabs(name: string, hear: (message: Message) => void): Tabs {
  const locks = globalThis.navigator?.locks as LockManager | undefined
  const mine = `${name} tab ${Math.random()}`
  let leave: (() => void) | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let channel: BroadcastChannel | undefined
  try {
    channel = new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (isMessage(data)) hear(data)
    })
  } catch {
    // No channel: each tab looks after itself.
  }

  const here = (present: boolean): void => {
    leave?.()
    leave = undefined
    if (!present) return
    const gone = new Promise<void>((resolve) => (leave = resolve))
    locks?.request(mine, () => gone).catch(() => undefined)
  }

  return {
    here,

    async exclusive(work, patience) {
      let granted = false
      try {
        // Never `steal`: the robbed tab would go on with what it was doing.
        if (locks)
          return await locks.request(name, { signal: AbortSignal.timeout(patience) }, () => {
            granted = true
            return work()
          })
      } catch (error) {
        if (granted) throw error
      }
      const turn = Promise.race([queue, new Promise((go) => setTimeout(go, patience))]).then(work)
      queue = turn.catch(() => undefined)
      return turn
    },

    async others() {
      if (!channel) return false
      const { held } = (await locks?.query().catch(() => undefined)) ?? {}
      return held?.some((lock) => lock.name?.startsWith(`${name} tab `) && lock.name !== mine) ?? true
    },

    say(message) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
      channel?.postMessage(message)
    },

    close() {
      here(false)
      channel?.close()
      channel = undefined
    },
  }
}

/** Anything that runs on this origin can post to the channel, an older version of this code too. */
function isMessage(data: unknown): data is Message {
  const { kind, sid, token, life, at } = Object(data) as Record<string, unknown>
  if (kind === 'ask') return true
  if (kind === 'out') return sid === null || typeof sid === 'string'
  return (
    (kind === 'in' || kind === 'pass') &&
    typeof sid === 'string' &&
    (token === undefined || typeof token === 'string') &&
    typeof life === 'number' &&
    typeof at === 'number'
  )
}
