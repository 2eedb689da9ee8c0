// One refresh at a time: in this tab by sharing a flight, in this browser by a lock. A refresh rotates the cookie, so it is never
// aborted and outlives the page; whoever is tired of waiting stops waiting.
import { AuthError, type Session } from './answer.ts'
import { within } from './clock.ts'
import type { Tabs } from './tabs.ts'

/** How long to listen for another tab's token, ms. The slowest of 150 answers took 5; a frozen tab never answers. */
const LISTEN = 40

export interface Refresh {
  /** Replaces what is held; `forced`: by the server's word, even if another tab has a token or a refresh is under way. */
  run(forced: boolean): Promise<void>
  /** Ends the waiting: a token was handed over, or somebody signed out. */
  arrived(): void
}

/**
 * @param held what there is to replace, anew each time it changes
 * @param post asks the server, naming the session this tab holds
 * @param apply takes the answer in; runs under the lock, so it calls nobody. `others`: whether they want to hear of it
 * @param timeout milliseconds after which a refresh that hangs lets go of the lock
 */
export function createRefresh<Held>(
  tabs: Tabs<never>,
  held: () => Held,
  post: (seen: Held) => Promise<Session | AuthError>,
  apply: (answer: Session | AuthError, seen: Held, sent: number, others: boolean) => void,
  timeout: number,
): Refresh {
  let flight: Promise<void> | undefined
  let arrived = (): void => undefined

  const fly = (seen: Held, forced: boolean, handed: Promise<void>): Promise<void> =>
    tabs.exclusive(async () => {
      if (held() !== seen) return
      const others = await tabs.others()
      if (others && !forced) {
        // Holding the lock does not mean seeing what its last holder wrote; asking does.
        tabs.say({ kind: 'ask', sid: '' })
        await within(handed, LISTEN)
        if (held() !== seen) return
      }
      const sent = Date.now()
      const answered = post(seen).then((answer) => {
        apply(answer, seen, sent, others)
        return true
      })
      if (!(await within(answered, timeout))) apply(new AuthError('unavailable'), seen, sent, others)
    }, timeout / 2)

  const start = (forced: boolean): Promise<void> => {
    const handed = new Promise<void>((resolve) => (arrived = resolve))
    return (flight = Promise.race([fly(held(), forced, handed), handed]).finally(() => (flight = undefined)))
  }

  return {
    arrived: () => arrived(),
    run(forced) {
      if (!flight) return start(forced)
      // What is under way may have been asked before the change the caller wants to see.
      return forced ? flight.then(() => flight ?? start(true)) : flight
    },
  }
}
