// The tabs of one browser share one cookie, so they act as one: a lock lets one of them refresh at a time, a channel hands the
// result over and spreads sign-in and sign-out. Nothing here is needed for being right (the server bears any number of
// refreshes), only for being quiet; so each part may be missing.
import type { Session } from './answer.ts'
import { within } from './clock.ts'

/**
 * What tabs say to each other. Anything that runs on this origin can say it, an older version of this code too. Each word names a session by its public id, so one
 * that comes late harms nobody.
 */
export type Message = readonly [
  /**
   * `in`: somebody signed in. `pass`: here is the token of a session that goes on. `ask`: who has one? `other_tab`: the person
   * signed out here. `session_ended`: the server says so.
   */
  kind: 'in' | 'pass' | 'ask' | 'other_tab' | 'session_ended',
  /** Empty when the page does not know it. */
  sid: string,
  /** With `in` and `pass`; false where tokens are not shared. */
  pass?: Session | false | undefined,
]

export interface Tabs {
  /** Runs `work` while no other tab does, or when it has waited too long: a tab may be frozen. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
  /** Whether another page listens. Pages in the back/forward cache do not count: a message would throw them out of it. */
  others(): Promise<boolean>
  say(message: Message): void
  close(): void
}

/** @param stop ends it; aborted from the start where there is no page */
export function createTabs(name: string, stop: AbortController, hear: (message: Partial<Message>) => void): Tabs {
  const locks = globalThis.navigator?.locks as LockManager | undefined
  const present = `${name} tab`
  let channel: BroadcastChannel | undefined
  let leave: (() => void) | undefined

  /** A lock that every page which is awake holds. */
  const awake = (event?: Event): void => {
    leave?.()
    const gone = new Promise<void>((resolve) => (leave = resolve))
    if (event?.type !== 'pagehide') locks?.request(present, { mode: 'shared' }, () => gone).catch(() => undefined)
  }

  if (!stop.signal.aborted) {
    awake()
    addEventListener('pageshow', awake, stop)
    addEventListener('pagehide', awake, stop)
    try {
      // Open while the page sleeps, too: a sign-out said on it evicts the page, and with it what it shows.
      channel = new BroadcastChannel(name)
      channel.addEventListener('message', ({ data }) => hear(Object(data) as Partial<Message>))
    } catch {
      // No channel: each tab looks after itself.
    }
  }

  return {
    async exclusive(work) {
      let working: ReturnType<typeof work> | undefined
      const go = (): ReturnType<typeof work> => (working ??= work())
      // Three seconds is long for a refresh. Never `steal`: the robbed tab would go on with what it was doing.
      if (locks) await within(locks.request(name, go), 3000).catch(() => undefined)
      return go()
    },

    async others() {
      const held = (await locks?.query().catch(() => undefined))?.held
      return !held || held.filter((lock) => lock.name === present).length > 1
    },

    say(message) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
      channel?.postMessage(message)
    },

    close() {
      leave?.()
      channel?.close()
      channel = undefined
    },
  }
}
