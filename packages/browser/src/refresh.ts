// One refresh at a time in this tab, and when it is time for one. A refresh rotates the cookie, so it is never aborted and
// outlives the page (`keepalive`): whoever is tired of waiting stops waiting.
import { readAnswer, type Answer, type Session } from './answer.ts'
import { createBackOff, now, since, within, type Moment } from './clock.ts'
import type { Tabs } from './tabs.ts'

/** A session answer in use. */
export interface Pass extends Session {
  /** When it was asked for: its life counts from there. */
  readonly born: Moment
  /** It was fetched because an API refused the one before. */
  readonly doubted: boolean
}

/** A token this young is used whatever its lifetime says, or a lifetime of zero would mean a refresh for every request. */
const YOUNG = 1000
/** A doubted token that is refused again this soon is not the trouble: the API says no to everybody. */
const DOUBT = 5000
/** How long to listen for another tab's token. The slowest of 150 answers took 5 ms; a frozen tab never answers. */
const LISTEN = 40

const left = (pass: Pass): number => pass.life - since(pass.born)
/** How long before its end a token of this life is renewed, in ms. */
const ahead = (pass: Pass, margin: number): number => Math.min(margin, pass.life / 4)

export const isDead = (pass: Pass): boolean => left(pass) <= 0 && since(pass.born) > YOUNG
export const isDue = (pass: Pass, margin: number): boolean =>
  left(pass) <= ahead(pass, margin) && since(pass.born) > YOUNG
export const isDoubtful = (pass: Pass): boolean => pass.doubted && since(pass.born) < DOUBT
/** Milliseconds until the renewal, each time a little different: tabs and people must not come all at once. */
export const untilDue = (pass: Pass, margin: number): number =>
  left(pass) - ahead(pass, margin) * (1 + Math.random() / 2)

/** `forced`: the server is asked even if another tab has a token. `doubted`: an API refused the current one. */
export type Cause = 'due' | 'doubted' | 'forced'

export interface Refresh {
  /** Replaces `seen`, unless it has been replaced already; resolves when there is nothing more to wait for. */
  run(seen: Pass | undefined, cause: Cause): Promise<void>
  /** Ends the waiting: another tab handed its token over, or everybody was signed out. */
  arrived(): void
  /** Milliseconds the server is left alone after it failed; `reset` when there is news. */
  readonly pause: { left(): number; reset(): void }
}

export function createRefresh(options: {
  readonly tabs: Tabs
  readonly share: boolean
  /** Milliseconds after which a refresh that hangs lets go of the lock. */
  readonly timeout: number
  readonly post: (sid: string | undefined) => Promise<Response>
  readonly current: () => Pass | undefined
  /** Changes when somebody signs out: what was asked for before means nothing after. */
  readonly epoch: () => number
  /** Takes the answer in; true when the other tabs should have it too. Runs under the lock, so it calls nobody. */
  readonly apply: (answer: Answer, seen: Pass | undefined, sent: Moment, doubted: boolean) => boolean
  readonly publish: () => void
}): Refresh {
  const { tabs, share, timeout, current, epoch, apply } = options
  const pause = createBackOff()
  let flight: Promise<void> | undefined
  let next: Promise<void> | undefined
  let arrived = (): void => undefined

  const ask = async (sid: string | undefined): Promise<Answer> => {
    try {
      const answer = await readAnswer(await options.post(sid))
      // Somebody else is signed in here by now: start over as a fresh page would, naming nobody.
      const changed = answer.kind === 'problem' && answer.problem.code === 'session_changed'
      return changed && sid !== undefined ? await ask(undefined) : answer
    } catch {
      return { kind: 'passing', retryAfter: undefined }
    }
  }

  const fly = async (seen: Pass | undefined, cause: Cause, handed: Promise<void>): Promise<void> => {
    const began = epoch()
    const settled = (): boolean => current() !== seen || epoch() !== began

    const take = (answer: Answer, sent: Moment): void => {
      if (epoch() !== began) return
      if (answer.kind === 'passing') pause.failed(answer.retryAfter)
      else pause.reset()
      if (apply(answer, seen, sent, cause === 'doubted')) options.publish()
    }

    await tabs.exclusive(async () => {
      if (settled()) return
      if (share && cause !== 'forced' && (await tabs.others())) {
        // Holding the lock does not mean seeing what its last holder wrote; asking does.
        tabs.say({ kind: 'ask' })
        await within(handed, LISTEN)
        if (settled()) return
      }
      const sent = now()
      const answered = ask(seen?.sid).then((answer) => {
        take(answer, sent)
        return true
      })
      if (!(await within(answered, timeout))) take({ kind: 'passing', retryAfter: undefined }, sent)
    }, timeout / 2)
  }

  const start = (seen: Pass | undefined, cause: Cause): Promise<void> => {
    const handed = new Promise<void>((resolve) => (arrived = resolve))
    const flying = Promise.race([fly(seen, cause, handed), handed]).finally(() => {
      if (flight === flying) flight = undefined
    })
    return (flight = flying)
  }

  return {
    pause,
    arrived: () => arrived(),
    run(seen, cause) {
      if (current() !== seen || pause.left() > 0) return Promise.resolve()
      if (cause !== 'forced') return flight ?? start(seen, cause)
      // What is under way may have been asked before the change the caller wants to see.
      if (!flight) return start(seen, cause)
      return (next ??= flight.then(() => {
        next = undefined
        return start(current(), cause)
      }))
    },
  }
}
