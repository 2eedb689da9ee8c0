// Which sessions have ended while their access tokens may still live. A Map until then: as small as the sign-outs of the last
// access-token lifetime, however many sessions there are (docs/design.md, "Revocation without a lookup").

/** One ended session as the wire has it; `until` in seconds since 1970 is when its last access token has died. */
export interface Revocation {
  readonly sid: string
  readonly until: number
}

export interface RevocationView {
  /**
   * Remembers that a session has ended; true when that was news.
   *
   * @param untilSeconds when its last access token has died, in seconds since 1970
   * @throws TypeError when the id is no string, or the time no whole number, or later than any token can live
   */
  end(sessionId: string, untilSeconds: number): boolean
  /** Whether tokens of this session are to be refused. */
  has(sessionId: string): boolean
  /** What is remembered, by session id; the same array as long as nothing changed. */
  snapshot(): readonly Revocation[]
}

export interface RevocationViewOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** The longest lifetime of an access token, in seconds: 86,400 (a day) when not given. Nothing is remembered for longer. */
  readonly longest?: number
  /** How long after its `exp` the guard still lets a token in, in seconds; 60 when not given. */
  readonly clockTolerance?: number
  /** Milliseconds that have passed since any moment; never set back, as the clock on the wall may be. */
  readonly elapsed?: () => number
}

interface Ended {
  /** Seconds since 1970. */
  readonly until: number
  /** The reading of `elapsed` from which it may be forgotten. */
  readonly forgetAt: number
}

/** A day, in seconds. */
export const LONGEST = 86_400
const PRUNE_EVERY = 60_000

export function createRevocationView(options: RevocationViewOptions = {}): RevocationView {
  const { now = Date.now, longest = LONGEST, clockTolerance = 60, elapsed = () => performance.now() } = options
  assertSeconds(longest, 'longest')
  assertSeconds(clockTolerance, 'clockTolerance')
  const ended = new Map<string, Ended>()
  let listed: readonly Revocation[] | undefined
  let pruneAt = 0

  /** Seconds, so far behind that a token which is let in by the tolerance is still covered. */
  const dead = () => Math.floor(now() / 1000) - clockTolerance

  const prune = () => {
    if (now() < pruneAt) return
    pruneAt = now() + PRUNE_EVERY
    const before = dead()
    for (const [sid, { until, forgetAt }] of ended) {
      if (until >= before) continue
      listed = undefined
      // A clock that ran ahead and was set back makes tokens young again: what ended is kept until its time has really passed.
      if (elapsed() >= forgetAt) ended.delete(sid)
    }
  }

  return {
    end(sessionId, untilSeconds) {
      if (typeof sessionId !== 'string' || sessionId === '') throw new TypeError('a session id is a non-empty string')
      if (!Number.isSafeInteger(untilSeconds)) throw new TypeError('"until" is a whole number of seconds since 1970')
      // The other clock may be ahead of ours by the tolerance.
      if (untilSeconds > Math.ceil(now() / 1000) + longest + clockTolerance)
        throw new TypeError(
          '"until" is later than the longest access token lives: raise "longest" (seconds), or mend the clock',
        )
      prune()
      if (untilSeconds < dead() || (ended.get(sessionId)?.until ?? -Infinity) >= untilSeconds) return false
      const forgetAt = elapsed() + (untilSeconds + clockTolerance) * 1000 - now()
      ended.set(sessionId, { until: untilSeconds, forgetAt })
      listed = undefined
      return true
    },

    has(sessionId) {
      const until = ended.get(sessionId)?.until
      return until !== undefined && until >= dead()
    },

    snapshot() {
      prune()
      // Sorted, so that every node of one deployment shows the same bytes and the same ETag.
      listed ??= Object.freeze(
        [...ended]
          .map(([sid, { until }]) => ({ sid, until }))
          .filter(({ until }) => until >= dead())
          .sort((a, b) => (a.sid < b.sid ? -1 : 1)),
      )
      return listed
    },
  }
}

function assertSeconds(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`"${name}" is a whole number of seconds`)
}
