// An issuer that was away and returns must not be run down by everybody who waited. Two thousand clients that move in step (all signed in at one
// moment, say at nine o'clock) play an outage on a clock of their own, each with the pauses that the client takes; what is counted is how many
// come in each second after the end. bench/scale plays the same for other rules, and docs/scale.md has the figures.
import { afterEach, expect, test, vi } from 'vitest'
import { longer } from './clock.ts'

const CLIENTS = 2_000
/** Seconds. */
const AWAY = 600

afterEach(() => vi.restoreAllMocks())

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** In which second after the end of the outage each client comes: they all failed for the first time at its beginning. */
function arrivals(random: () => number): readonly number[] {
  vi.spyOn(Math, 'random').mockImplementation(random)
  return Array.from({ length: CLIENTS }, () => {
    let at = 0
    let pause = 0
    while (at < AWAY) {
      pause = longer(pause)
      at += pause / 1000
    }
    return Math.floor(at - AWAY)
  })
}

function busiest(seconds: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const second of seconds) counts.set(second, (counts.get(second) ?? 0) + 1)
  return Math.max(...counts.values())
}

test('clients in step come back spread, within a minute', () => {
  const ours = arrivals(seeded(1))
  expect(busiest(ours)).toBeLessThan(CLIENTS / 10)
  expect(Math.max(...ours)).toBeLessThanOrEqual(60)
  // Without the jitter they are in step for ever: all of them in one second.
  expect(busiest(arrivals(() => 0))).toBe(CLIENTS)
})

test('a client that is told when to come again does not come sooner', () => {
  for (let draw = 0; draw < 100; draw++) expect(longer(0, 30)).toBeGreaterThanOrEqual(30_000)
})
