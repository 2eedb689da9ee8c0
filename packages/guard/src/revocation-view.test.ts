// The view of ended sessions: what it holds, how long, and what it refuses to hold.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRevocationView } from './revocation-view.ts'

/** A clock in milliseconds that a test sets. */
function clockAt(start: number): { now: () => number; at: number } {
  const clock = { at: start, now: () => clock.at }
  return clock
}

test('a session is refused until its last access token has died, by the latest clock that is tolerated', () => {
  const clock = clockAt(1_000_000)
  const view = createRevocationView({ now: clock.now, clockTolerance: 5 })
  view.end('one', 1_900)
  expect(view.has('one')).toBe(true)
  expect(view.has('two')).toBe(false)
  clock.at = 1_905_999
  expect(view.has('one')).toBe(true)
  clock.at = 1_906_000
  expect(view.has('one')).toBe(false)
})

test('the later end counts, whatever the order', () => {
  const clock = clockAt(1_000_000)
  const view = createRevocationView({ now: clock.now })
  view.end('one', 1_500)
  view.end('one', 1_400)
  view.end('two', 1_400)
  view.end('two', 1_500)
  expect(view.snapshot()).toEqual([
    { sid: 'one', until: 1_500 },
    { sid: 'two', until: 1_500 },
  ])
})

test('what no access token lives to see is refused, milliseconds above all', () => {
  const clock = clockAt(1_800_000_000_000)
  const view = createRevocationView({ now: clock.now, longest: 900, clockTolerance: 5 })
  view.end('longest', 1_800_000_905)
  expect(() => view.end('longer', 1_800_000_906)).toThrow(TypeError)
  expect(() => view.end('milliseconds', clock.at)).toThrow(/seconds/)
  expect(view.snapshot()).toHaveLength(1)
})

test.each([NaN, Infinity, 1.5, '1800000000', null, undefined, 2 ** 53])('%s is no time', (until) => {
  const view = createRevocationView({ now: () => 1_800_000_000_000 })
  expect(() => view.end('one', until as number)).toThrow(TypeError)
  expect(view.has('one')).toBe(false)
})

test.each(['', null, undefined, 1, {}, ['a']])('%j is no session', (sessionId) => {
  const view = createRevocationView({ now: () => 1_800_000_000_000 })
  expect(() => view.end(sessionId as string, 1_800_000_100)).toThrow(TypeError)
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a session like any other', (sessionId) => {
  const view = createRevocationView({ now: () => 1_800_000_000_000 })
  expect(view.has(sessionId)).toBe(false)
  view.end(sessionId, 1_800_000_100)
  expect(view.has(sessionId)).toBe(true)
})

test('a hundred thousand sign-outs over three hours never leave more than the last quarter of an hour and a minute', () => {
  const clock = clockAt(1_800_000_000_000)
  const view = createRevocationView({ now: clock.now, longest: 900, clockTolerance: 5 })
  const [seconds, each] = [10_800, 10]
  let most = 0
  for (let second = 0; second < seconds; second++) {
    for (let index = 0; index < each; index++) view.end(`${second}-${index}`, clock.at / 1000 + 900)
    clock.at += 1_000
    if (second % 60 === 0) most = Math.max(most, view.snapshot().length)
  }
  expect(seconds * each).toBeGreaterThan(100_000)
  expect(most).toBeLessThanOrEqual((900 + 5 + 61) * each)
  expect(view.has('10799-0')).toBe(true)
  expect(view.has('0-0')).toBe(false)
})

test('the snapshot is the same array until something changes, and in the order of ids', () => {
  const clock = clockAt(1_800_000_000_000)
  const view = createRevocationView({ now: clock.now })
  view.end('b', 1_800_000_100)
  view.end('a', 1_800_000_900)
  const first = view.snapshot()
  expect(first.map(({ sid }) => sid)).toEqual(['a', 'b'])
  view.end('a', 1_800_000_900)
  expect(view.snapshot()).toBe(first)
  clock.at += 400_000
  expect(view.snapshot().map(({ sid }) => sid)).toEqual(['a'])
})

test('in any order of ends and of time, exactly those sessions are refused whose tokens may live', () => {
  const step = fc.record({
    sid: fc.constantFrom('a', 'b', 'c', 'd'),
    life: fc.integer({ min: 0, max: 900 }),
    pause: fc.integer({ min: 0, max: 400 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = clockAt(1_800_000_000_000)
      const view = createRevocationView({ now: clock.now, longest: 900, clockTolerance: 5 })
      const model = new Map<string, number>()
      for (const { sid, life, pause } of steps) {
        const until = clock.at / 1000 + life
        view.end(sid, until)
        model.set(sid, Math.max(until, model.get(sid) ?? 0))
        clock.at += pause * 1000
        for (const id of ['a', 'b', 'c', 'd']) expect(view.has(id)).toBe((model.get(id) ?? -1) + 5 >= clock.at / 1000)
      }
    }),
  )
})

test.each([{ longest: -1 }, { longest: 1.5 }, { longest: NaN }, { clockTolerance: -1 }])('%j is refused', (options) => {
  expect(() => createRevocationView(options)).toThrow(TypeError)
})

test('a clock that ran ahead and was set back lets nothing in that has ended', () => {
  const clock = clockAt(1_800_000_000_000)
  let passed = 0
  const view = createRevocationView({ now: clock.now, longest: 900, clockTolerance: 5, elapsed: () => passed })
  view.end('gone', 1_800_000_900)
  clock.at += 3_600_000
  expect([view.has('gone'), view.snapshot()]).toEqual([false, []])
  clock.at -= 3_600_000
  passed += 1_000
  expect(view.has('gone')).toBe(true)
  // Its time has really passed: now it goes.
  clock.at += 8_000_000
  passed += 8_000_000
  expect(view.snapshot()).toEqual([])
  clock.at -= 8_000_000
  expect(view.has('gone')).toBe(false)
})
