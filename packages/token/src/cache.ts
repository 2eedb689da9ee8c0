// Tokens verified before. A hit costs a comparison instead of a signature, and decides nothing by itself: key and time are checked
// again each time, by whoever asks.
//
// Some characters of the signature, which are as good as random, name a set of sixteen slots that a token can be in, and the whole token
// is compared there. So there is nothing to search, nothing to age and nothing to sweep; a newcomer to a full set replaces one of it.
// (Tokens that push one another out cost a signature each at every turn. With sets of one slot that is a fifth of the tokens of a
// quarter-full cache, with four 2 in 100, with sixteen none to speak of.) Only genuine tokens come in, so a flood evicts no faster than
// signatures are verified, and memory is slots times share.
import * as backend from '#crypto'
import type { Key } from './key.ts'
import type { Verified } from './verify.ts'

/** How much a cache may hold. */
export interface CacheOptions {
  /** Tokens, rounded up to a power of two, at least sixteen; 2048 when left out. */
  readonly entries?: number
  /** Bytes; 16 MiB when left out. A token that needs more than an equal share of them is not kept. */
  readonly bytes?: number
}

/** A token that passed, and what it was checked with. */
export interface CachedToken {
  readonly token: string
  readonly verified: Verified
  key: Key
}

export interface TokenCache {
  get(token: string): CachedToken | undefined
  put(token: string, verified: Verified, key: Key): void
  forget(entry: CachedToken): void
  /** How many tokens are held, and the most bytes they can take. */
  size(): { readonly entries: number; readonly bytes: number }
}

/** Slots of a set: as many as have their tags in one line of the processor's cache. */
const WAYS = 16

/** What a token takes: itself, its claims as objects (measured: up to five times their text), and the slot. */
const costOf = (token: string): number => 6 * token.length + 512

/**
 * Makes a cache of verified tokens.
 *
 * @throws TypeError when the limits are none
 */
export function createTokenCache(options: CacheOptions): TokenCache {
  const { entries = 2048, bytes = 16 * 1024 * 1024 } = options
  if (!Number.isSafeInteger(entries) || entries < 1 || entries > 2 ** 24) {
    throw new TypeError('cache.entries is a number of tokens from 1 to 16777216')
  }
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new TypeError('cache.bytes is a number of bytes')
  const setBits = Math.max(0, Math.ceil(Math.log2(entries / WAYS)))
  const count = WAYS * 2 ** setBits
  const share = bytes / count
  const slots: (CachedToken | undefined)[] = Array.from({ length: count }, () => undefined)
  // A few bits of each token beside it, so that sixteen slots are not sixteen comparisons of long texts.
  const tags = new Int32Array(count)
  let turn = 0

  const find = (token: string, tag: number): CachedToken | undefined => {
    const start = firstSlot(tag)
    for (let slot = start; slot < start + WAYS; slot++) {
      if (tags[slot] !== tag) continue
      const entry = slots[slot]
      if (entry !== undefined && entry.token === token) return entry
    }
    return undefined
  }
  const firstSlot = (tag: number): number => (setBits === 0 ? 0 : (tag >>> (32 - setBits)) * WAYS)

  return {
    get(token) {
      return typeof token === 'string' ? find(token, tagOf(token)) : undefined
    },
    put(token, verified, key) {
      if (costOf(token) > share) return
      const tag = tagOf(token)
      const start = firstSlot(tag)
      let slot = start
      while (slot < start + WAYS && slots[slot] !== undefined) slot++
      if (slot === start + WAYS) slot = start + (turn++ & (WAYS - 1))
      tags[slot] = tag
      // A token is often a slice of a header line or of a body, and a slice keeps the whole alive: keep a copy.
      slots[slot] = { token: backend.copyText(token), verified, key }
    },
    forget(entry) {
      const slot = slots.indexOf(entry, firstSlot(tagOf(entry.token)))
      if (slot >= 0) slots[slot] = undefined
    },
    size() {
      const held = slots.filter((entry) => entry !== undefined)
      return { entries: held.length, bytes: held.reduce((sum, entry) => sum + costOf(entry.token), 0) }
    },
  }
}

/**
 * Thirty-two bits of a token, spread over their whole range (Fibonacci hashing). From the signature, but not from its end: one of
 * Ed25519 ends in bits that are always zero (RFC 8032 §5.1.6: S is below 2^253).
 */
function tagOf(token: string): number {
  const end = token.length
  const some =
    token.charCodeAt(end - 9) ^
    (token.charCodeAt(end - 10) << 7) ^
    (token.charCodeAt(end - 11) << 14) ^
    (token.charCodeAt(end - 12) << 21)
  return Math.imul(some, 0x9e3779b1)
}
