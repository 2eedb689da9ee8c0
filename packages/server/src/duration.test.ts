// Durations as people write them: what is read, and what is refused.
import { expect, test } from 'vitest'
import { milliseconds } from './duration.ts'

test.each([
  ['30s', 30_000],
  ['15m', 900_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
])('%s is %i milliseconds', (text, expected) => {
  expect(milliseconds(text, 'x')).toBe(expected)
})

test.each(['', '0s', '15', 'm', '1.5h', '-1s', ' 1s', '1s ', '1w', '10000000s', '١s'])(
  '%j is refused by name',
  (text) => {
    expect(() => milliseconds(text, 'session.idle')).toThrow(/^session\.idle must be a whole number with a unit/)
  },
)
