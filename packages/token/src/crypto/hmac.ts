// HMAC (RFC 2104) for node:crypto. On Node, `createHmac` spends most of its time making an object for each message; two one-shot hashes
// over the padded key, which is the definition of HMAC, take 0.4 of it. What that must earn is in docs/decisions (token-hmac);
// vectors in hmac.test.ts. Where there is no `crypto.hash`, or for a message longer than tokens are, `createHmac` serves.
import { Buffer } from 'node:buffer'
import { createHmac, createHash, createSecretKey, hash, timingSafeEqual } from 'node:crypto'
import type { HmacRow } from '../algorithms.ts'
import { MAX_LENGTH } from '../max-length.ts'

/** MACs of ASCII texts under one key. */
export interface Mac {
  /** The MAC of a text, in base64url. */
  readonly of: (input: string) => string
  /** Whether a text has this MAC, given in canonical base64url; in time that does not depend on where they differ. */
  readonly matches: (input: string, expected: string) => boolean
}

/**
 * Makes the MAC of a key.
 *
 * @param hashName as node:crypto spells it
 */
export function createMac(key: Uint8Array, row: HmacRow, hashName: string): Mac {
  const of = typeof hash === 'function' ? twoHashes(key, row, hashName) : createHmacOf(key, hashName)
  const length = Math.ceil((row.bytes * 4) / 3)
  const ours = Buffer.alloc(length)
  const theirs = Buffer.alloc(length)
  return {
    of,
    matches(input, expected) {
      if (expected.length !== length) return false
      const mac = of(input)
      ours.write(mac, 'latin1')
      theirs.write(expected, 'latin1')
      // latin1 keeps only the low byte of a character, so the second comparison is not idle: U+0141 is not "A". Once the first
      // has passed there is nothing left to tell by time.
      return timingSafeEqual(ours, theirs) && mac === expected
    },
  }
}

function createHmacOf(key: Uint8Array, hashName: string): (input: string) => string {
  const secret = createSecretKey(key)
  return (input) => createHmac(hashName, secret).update(input, 'latin1').digest('base64url')
}

/** H(K ⊕ opad ‖ H(K ⊕ ipad ‖ text)), RFC 2104 §2. The buffers are this key's own and nothing in between gives up the thread. */
function twoHashes(key: Uint8Array, row: HmacRow, hashName: string): (input: string) => string {
  const long = createHmacOf(key, hashName)
  const padded = Buffer.alloc(row.block)
  padded.set(key.length > row.block ? createHash(hashName).update(key).digest() : key)
  const inner = Buffer.alloc(row.block + MAX_LENGTH)
  const outer = Buffer.alloc(row.block + row.bytes)
  for (const [at, byte] of padded.entries()) {
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  // Most tokens of an issuer are as long as the one before.
  let message = inner.subarray(0, row.block)
  return (input) => {
    if (input.length > MAX_LENGTH) return long(input)
    const end = row.block + inner.write(input, row.block, 'latin1')
    if (message.length !== end) message = inner.subarray(0, end)
    // The digest travels as a string because strings are what node:crypto hands over fastest.
    outer.write(hash(hashName, message, 'binary'), row.block, 'latin1')
    return hash(hashName, outer, 'base64url')
  }
}
