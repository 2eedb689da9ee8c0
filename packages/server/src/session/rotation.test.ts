// The decision of a refresh, row by row of its table (docs/design.md, "Rotation"), with the limits on both sides.
import { describe, expect, test } from 'vitest'
import { decide, DOUBT_WINDOW, HEAL_STEPS, REPLAY_WINDOW, type RotationRow } from './rotation.ts'

const START = 1_800_000_000_000
const IDLE = 7 * 86_400_000
const row: RotationRow = {
  generation: 7,
  proven: 4,
  rotatedAt: START,
  expiresAt: START + 30 * 86_400_000,
  endedAt: null,
}
const at = (age: number, generation: number, given: Partial<RotationRow> = {}, issuedAt = START) =>
  decide({ ...row, ...given }, { generation, issuedAt }, START + age, IDLE)

test('the windows are half a minute and a minute, and four generations heal', () => {
  expect([REPLAY_WINDOW, DOUBT_WINDOW, HEAL_STEPS]).toEqual([30_000, 60_000, 4])
})

describe('the current generation', () => {
  test.each([0, 1, 30_000])('repeated: %d ms after it was handed out, nothing is written', (age) => {
    expect(at(age, 7)).toEqual({ outcome: 'repeated' })
  })

  test.each([30_001, 60_001, IDLE - 1])(
    'rotated: after %d ms, the presented one is proven and the next is current',
    (age) => {
      expect(at(age, 7)).toEqual({ outcome: 'rotated', write: { generation: 8, proven: 7, rotatedAt: START + age } })
    },
  )

  test('the first one of a session, of which nothing is proven yet, is no different', () => {
    const first = { generation: 0, proven: -1 }
    expect(at(30_000, 0, first)).toEqual({ outcome: 'repeated' })
    expect(at(30_001, 0, first)).toEqual({
      outcome: 'rotated',
      write: { generation: 1, proven: 0, rotatedAt: START + 30_001 },
    })
  })
})

describe('the proven generation, which a client may hold whose answer was lost', () => {
  test.each([0, 30_000])('replayed: %d ms after the rotation, the same successor, nothing is written', (age) => {
    expect(at(age, 4)).toEqual({ outcome: 'replayed' })
  })

  test.each([30_001, 60_000])('late: after %d ms, nothing is written', (age) => {
    expect(at(age, 4)).toEqual({ outcome: 'late' })
  })

  test.each([60_001, IDLE - 1])('recovered: after %d ms, a new successor, and what was proven stays so', (age) => {
    expect(at(age, 4)).toEqual({ outcome: 'recovered', write: { generation: 8, proven: 4, rotatedAt: START + age } })
  })
})

describe('any other generation before the current one', () => {
  // Older than the proven one, and between the two: handed out, never shown, replaced.
  const others = [0, 3, 5, 6]

  test.each(others)('stale: %d within the minute, nothing is written, and when to come again', (generation) => {
    for (const age of [0, 30_001, 60_000])
      expect(at(age, generation)).toEqual({ outcome: 'stale', retryAfter: 60_000 - age })
  })

  test.each(others)('reused: %d after the minute, two parties hold the session', (generation) => {
    for (const age of [60_001, IDLE - 1]) expect(at(age, generation)).toEqual({ outcome: 'reused' })
  })
})

describe('a generation that the row does not know yet: the database lost writes', () => {
  test.each([8, 9, 10, 11])('healed: %d, whatever the age of the row', (generation) => {
    for (const age of [0, 45_000, 61_000, IDLE, 2 * IDLE]) {
      expect(at(age, generation, {}, START + age)).toEqual({
        outcome: 'healed',
        write: { generation: generation + 1, proven: generation, rotatedAt: START + age },
      })
    }
  })

  test('idle time is told by the token, since the row cannot tell', () => {
    expect(at(IDLE, 8, {}, START + 1).outcome).toBe('healed')
    expect(at(IDLE, 8, {}, START).outcome).toBe('ended')
  })

  test.each([12, 13, 1_000])('ended: %d is more than a fail-over loses', (generation) => {
    expect(at(0, generation)).toEqual({ outcome: 'ended' })
  })
})

describe('ended wins over everything', () => {
  const generations = [0, 3, 4, 5, 7, 8, 11, 12]
  const ages = [0, 30_001, 60_001]

  test.each<readonly [string, RotationRow | undefined]>([
    ['unknown', undefined],
    ['signed out', { ...row, endedAt: START }],
    ['past its absolute end', { ...row, expiresAt: START }],
  ])('%s', (_, stands) => {
    for (const generation of generations) {
      for (const age of ages) {
        expect(decide(stands, { generation, issuedAt: START }, START + age, IDLE)).toEqual({ outcome: 'ended' })
      }
    }
  })

  test('unused for the idle time, to the millisecond', () => {
    for (const generation of [0, 4, 5, 7]) {
      expect(at(IDLE, generation)).toEqual({ outcome: 'ended' })
      expect(at(IDLE - 1, generation).outcome).not.toBe('ended')
    }
  })

  test('the absolute end, to the millisecond, which no rotation moves', () => {
    const expiresAt = START + 100_000
    expect(at(100_000, 7, { expiresAt })).toEqual({ outcome: 'ended' })
    const last = at(99_999, 7, { expiresAt })
    expect(last).toEqual({ outcome: 'rotated', write: { generation: 8, proven: 7, rotatedAt: START + 99_999 } })
  })
})

test('a clock that went back makes nothing look old, and nothing is written', () => {
  expect(at(-3_600_000, 7)).toEqual({ outcome: 'repeated' })
  expect(at(-3_600_000, 4)).toEqual({ outcome: 'replayed' })
  expect(at(-3_600_000, 5)).toEqual({ outcome: 'stale', retryAfter: 60_000 })
})
