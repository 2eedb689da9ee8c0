// How long what was stolen keeps working. The lifetimes are the real ones; the server's clock is moved by hand, so that a month
// costs no time and no lifetime has to be scaled.
import type { Scene } from './scene.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A try at least every three days: a thief uses what slides, so that it slides. */
const LADDER = [
  0,
  ...[1, 5, 14.5, 15.5, 30, 59, 61].map((minutes) => minutes * MINUTE),
  ...[6, 23.9, 24.1].map((hours) => hours * HOUR),
  ...[3, 5, 6.9, 7.01, 10, 13, 16, 19, 22, 25, 28, 29.9, 30.01, 33, 36].map((days) => days * DAY),
]

/** The last moment at which it still worked, in seconds from now on. `from` is where the server's clock stands. */
export async function howLong(scene: Scene, works: () => Promise<boolean>, from = 0): Promise<number> {
  let last = 0
  for (const moment of LADDER) {
    scene.moveTo(from + moment)
    if (!(await works())) break
    last = moment
  }
  scene.moveTo(from + last)
  return last
}

/** `15 min`, `7 days`: as a person says it. */
export function duration(seconds: number): string {
  if (seconds >= 36 * DAY) return 'more than a month'
  if (seconds >= 2 * DAY) return `${Math.round(seconds / DAY)} days`
  if (seconds >= 23 * HOUR) return 'a day'
  if (seconds >= HOUR) return `${Math.round(seconds / HOUR)} h`
  if (seconds >= MINUTE) return `${Math.round(seconds / MINUTE)} min`
  return seconds === 0 ? 'only at once' : `${seconds} s`
}
