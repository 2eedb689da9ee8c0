// What a deployment goes through in a run: who is killed when, when keys change, when the database restarts, when the feed is cut. Made from
// a seed, so that a run that failed can be had again.

export type Event =
  | { readonly at: number; readonly what: 'kill'; readonly node: number; readonly downFor: number }
  | { readonly at: number; readonly what: 'rotate' | 'restart-database' | 'cut-feed' }

/**
 * Plans a run.
 *
 * @param seconds how long it takes
 */
export function plan(random: () => number, seconds: number, nodes: number): readonly Event[] {
  const kills = Math.max(4, Math.round(seconds / 20))
  const events: Event[] = [
    { at: seconds * 0.02, what: 'rotate' },
    { at: seconds * 0.22, what: 'restart-database' },
    { at: seconds * 0.38, what: 'rotate' },
    { at: seconds * 0.65, what: 'cut-feed' },
  ]
  for (let index = 0; index < kills; index++) {
    const at = seconds * (0.05 + (0.85 * (index + random())) / kills)
    events.push({ at, what: 'kill', node: Math.floor(random() * nodes), downFor: 0.5 + 3 * random() })
  }
  return events.toSorted((a, b) => a.at - b.at)
}

/** A generator from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
