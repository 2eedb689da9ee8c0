// The tabs of one browser share one cookie, so they act as one: a lock lets one of them refresh at a time, a channel hands the
// result over and spreads sign-in and sign-out. Nothing here is needed for being right (the server bears any number of
// refreshes), only for being quiet; so each part may be missing.

/** What tabs say to each other. Each word names a session by its public id, so one that comes late harms nobody. */
export interface Message<Pass> {
  /**
   * `in`: somebody signed in. `pass`: here is the token of a session that goes on. `ask`: who has one? `out`: the person signed
   * out. `end`: the server says that the session is over.
   */
  readonly kind: 'in' | 'pass' | 'ask' | 'out' | 'end'
  /** Empty when the page does not know it. */
  readonly sid: string
  /** With `in` and `pass`, where tokens are shared. */
  readonly pass?: Pass | undefined
}

export interface Tabs<Pass> {
  /** Runs `work` while no other tab does; after `patience` ms of waiting it runs all the same, for a tab may be frozen. */
  exclusive<T>(work: () => Promise<T>, patience: number): Promise<T>
  /** Whether another page listens. Pages in the back/forward cache do not count: a message would throw them out of it. */
  others(): Promise<boolean>
  say(message: Message<Pass>): void
}

/** @param open until when; aborted at once where there is no page */
export function createTabs<Pass>(name: string, open: AbortSignal, hear: (message: Message<Pass>) => void): Tabs<Pass> {
  const locks = globalThis.navigator?.locks as LockManager | undefined
  const mine = `${name} ${Math.random()}`
  let channel: BroadcastChannel | undefined
  let leave: (() => void) | undefined

  /** A lock that nobody else wants says that this page is awake. */
  const awake = ({ type }: { readonly type: string }): void => {
    leave?.()
    if (type === 'pageshow') locks?.request(mine, () => new Promise<void>((go) => (leave = go))).catch(() => undefined)
  }

  if (!open.aborted) {
    awake({ type: 'pageshow' })
    addEventListener('pageshow', awake, { signal: open })
    addEventListener('pagehide', awake, { signal: open })
    open.addEventListener('abort', awake)
    try {
      // Open while the page sleeps, too: a sign-out said on it evicts the page, and with it what it shows.
      const line = (channel = new BroadcastChannel(name))
      line.addEventListener('message', ({ data }) => isMessage<Pass>(data) && hear(data))
      open.addEventListener('abort', () => line.close())
    } catch {
      // No channel: each tab looks after itself.
    }
  }

  return {
    async exclusive(work, patience) {
      let working: ReturnType<typeof work> | undefined
      // Never `steal`: the robbed tab would go on with what it was doing.
      await locks
        ?.request(name, { signal: AbortSignal.timeout(patience) }, () => (working = work()))
        .catch(() => undefined)
      return working ?? work()
    },

    async others() {
      const { held } = (await locks?.query().catch(() => undefined)) ?? {}
      return held?.some((lock) => lock.name?.startsWith(`${name} `) && lock.name !== mine) ?? true
    },

    say(message) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
      if (!open.aborted) channel?.postMessage(message)
    },
  }
}

/** Anything that runs on this origin can post to the channel, an older version of this code too. */
function isMessage<Pass>(data: unknown): data is Message<Pass> {
  const { sid, pass } = Object(data) as { readonly sid?: unknown; readonly pass?: { readonly token?: unknown } }
  return typeof sid === 'string' && (!pass || typeof pass.token === 'string')
}
