// One refresh at a time: in this tab by sharing a flight, in this browser by a lock. A refresh rotates the cookie, so it is never
// aborted and outlives the page; whoever is tired of waiting stops waiting.
import { AuthError, type Session } from './answer.ts'
import { within } from './clock.ts'
import type { Tabs } from './tabs.ts'

export interface Refresh {
  /** Replaces what is held; `forced`: by the server's word, even if another tab has a token or a refresh is under way. */
  run(forced: boolean): Promise<void>
  /** Ends the waiting: a token was handed over, or somebody signed out. */
  arrived(): void
}

/**
 * @param held what there is to replace, anew each time it changes
 * @param post asks the server, naming the session this tab holds
 * @param take has the new session, `fail` the reason why there is none; neither is called when what is held has changed meanwhile.
 * Both run under the lock, so they call nobody. `others`: whether another tab wants to hear of it
 * @param timeout milliseconds after which a refresh that hangs lets go of the lock
 */
export function createRefresh<Held>(
  tabs: Tabs,
  held: () => Held,
  post: (seen: Held) => Promise<Session>,
  take: (session: Session, others: boolean) => void,
  fail: (error: AuthError) => void,
  timeout: number,
): Refresh {
  let flight: Promise<void> | undefined
  let arrived: (() => void) | undefined

  const fly = (seen: Held, forced: boolean, handed: Promise<void>): Promise<void> =>
    tabs.exclusive(async () => {
      if (held() !== seen) return
      const others = await tabs.others()
      if (others && !forced) {
        // Holding the lock does not mean seeing what its last holder wrote; asking does. Answers take 1 ms, on a
        // busy machine a hundred times that, and a frozen tab never gives one.
        tabs.say(['ask', ''])
        await within(handed, 250)
        if (held() !== seen) return
      }
      let error: unknown = new AuthError('unavailable')
      const answered = post(seen)
        .then((session) => held() === seen && take(session, others))
        .catch((reason: unknown) => (error = reason))
      await within(answered, timeout)
      // The answer may come yet, and be taken.
      if (held() === seen) fail(error as AuthError)
    })

  const start = (forced: boolean): Promise<void> => {
    const handed = new Promise<void>((resolve) => (arrived = resolve))
    return (flight = Promise.race([fly(held(), forced, handed), handed]).finally(() => (flight = undefined)))
  }

  return {
    arrived: () => arrived?.(),
    run(forced) {
      if (!flight) return start(forced)
      // What is under way may have been asked before the change the caller wants to see.
      return forced ? flight.then(() => flight ?? start(true)) : flight
    },
  }
}
