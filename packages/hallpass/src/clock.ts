// The one clock of the program. In tests it can be put forward, so that a wait of a month takes no time; production
// refuses to start with such a clock (config.ts).

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Puts the clock forward, or back when `ms` is negative; undefined for a clock that only ticks. */
  readonly advance: ((ms: number) => void) | undefined
}

export function createClock(options: { readonly movable: boolean }): Clock {
  let moved = 0
  if (!options.movable) return { now: Date.now, advance: undefined }
  return {
    now: () => Date.now() + moved,
    advance: (ms) => {
      moved += ms
    },
  }
}
