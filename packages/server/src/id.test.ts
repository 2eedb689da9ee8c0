// Session ids against the example of the standard, and in the order of time.
import { expect, test } from 'vitest'
import { uuidv7 } from './id.ts'

test('the example of RFC 9562, appendix A.6', () => {
  // 017F22E2-79B0-7CC3-98C4-DC0C0C07398F: unix_ts_ms, rand_a CC3, rand_b 18C4DC0C0C07398F.
  const random = Uint8Array.from(Buffer.from('0cc318c4dc0c0c07398f', 'hex'))
  expect(uuidv7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

test('ids of later times sort later', () => {
  const random = new Uint8Array(10).fill(255)
  const ids = [0, 1, 65_535, 65_536, 2 ** 32, 2 ** 40, Date.UTC(2026, 10, 24)].map((at) => uuidv7(at, random))
  expect([...ids].sort()).toEqual(ids)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
