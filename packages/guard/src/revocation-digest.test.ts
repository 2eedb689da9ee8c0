// The digest of the list of ended sessions: the same for the same entries in any order, another for any other.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { revocationDigest } from './revocation-digest.ts'

const entries = fc.uniqueArray(fc.record({ sid: fc.uuid(), until: fc.integer({ min: 1_000, max: 2_000 }) }), {
  selector: ({ sid }) => sid,
  minLength: 1,
  maxLength: 40,
})

test('the order does not matter', () => {
  fc.assert(
    fc.property(entries, fc.infiniteStream(fc.nat()), (list, keys) => {
      const weights = new Map(list.map((entry) => [entry, keys.next().value]))
      const shuffled = list.toSorted((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0))
      expect(revocationDigest(shuffled, 0)).toBe(revocationDigest(list, 0))
    }),
  )
})

test('one that is missing, or has another time, is seen', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (list, which) => {
      const index = which % list.length
      const digest = revocationDigest(list, 0)
      expect(revocationDigest(list.toSpliced(index, 1), 0)).not.toBe(digest)
      const changed = list.map((entry, at) => (at === index ? { ...entry, until: entry.until + 1 } : entry))
      expect(revocationDigest(changed, 0)).not.toBe(digest)
    }),
  )
})

test('what ends by the given time is in no digest', () => {
  const [old, young] = [
    { sid: 'old', until: 1_000 },
    { sid: 'young', until: 1_001 },
  ]
  expect(revocationDigest([old, young], 1_000)).toBe(revocationDigest([young], 1_000))
  expect(revocationDigest([old, young], 999)).not.toBe(revocationDigest([young], 999))
  expect(revocationDigest([], 0)).toBe('0000000000000000')
})
