// A short sum over a list of ended sessions, by which whoever holds the stream sees that something of it did not arrive. It is
// for gaps, not for forgers: the list comes over TLS from the issuer itself.
import type { Revocation } from './revocation-view.ts'

/**
 * Sums up the entries that count beyond a time, in any order; 16 hex digits.
 *
 * @param fromSeconds seconds since 1970: entries that end by then are left out, as one side may have forgotten them already
 */
export function revocationDigest(revocations: readonly Revocation[], fromSeconds: number): string {
  // Two sums of hashes (FNV-1a and a second one of its kind), so that nothing need be sorted.
  let one = 0
  let two = 0
  for (const { sid, until } of revocations) {
    if (until <= fromSeconds) continue
    const entry = `${sid} ${until}`
    let hash = 0x811c9dc5
    let other = 0x9747b28c
    for (let index = 0; index < entry.length; index++) {
      const unit = entry.charCodeAt(index)
      hash = Math.imul(hash ^ unit, 0x01000193)
      other = Math.imul(other ^ unit, 0x85ebca6b)
    }
    one = (one + hash) | 0
    // The low bits of a product stay low: turned, so that both halves count.
    two = (two + (other ^ (other >>> 15))) | 0
  }
  return hex(one) + hex(two)
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
