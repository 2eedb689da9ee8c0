// Tokens verified before. A hit costs a comparison instead of a signature, and decides nothing by itself: key and time are checked
// again each time, by whoever asks.
//
// The cache is direct-mapped: some characters of the signature, which are as good as random, name the one slot a token can be in, and
// the whole token is compared there. So there is nothing to search, nothing to age and nothing to sweep; a newcomer replaces what was
// in its slot. Only genuine tokens come in, so a flood evicts no faster than signatures are verified, and memory is slots times share.
import * as backend from '#crypto'
import type { Key } from './key.ts'
import type { Verified } from './verify.ts'

/** How much a cache may hold. */
export interface CacheOptions {
  /** Tokens, rounded up to a power of two; 2048 when left out. */
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
  const bits = Math.ceil(Math.log2(entries))
  const share = bytes / 2 ** bits
  const slots: (CachedToken | undefined)[] = Array.from({ length: 2 ** bits }, () => undefined)

  /** Not the last characters: an Ed25519 signature ends in bits that are always zero (RFC 8032 §5.1.6, S is below 2^253). */
  const slotOf = (token: string): number => {
    const end = token.length
    const some =
      token.charCodeAt(end - 9) ^
      (token.charCodeAt(end - 10) << 7) ^
      (token.charCodeAt(end - 11) << 14) ^
      (token.charCodeAt(end - 12) << 21)
    return bits === 0 ? 0 : Math.imul(some, 0x9e3779b1) >>> (32 - bits)
  }

  return {
    get(token) {
      if (typeof token !== 'string') return undefined
      const entry = slots[slotOf(token)]
      return entry !== undefined && entry.token === token ? entry : undefined
    },
    put(token, verified, key) {
      if (costOf(token) > share) return
      // A token is often a slice of a header line or of a body, and a slice keeps the whole alive: keep a copy.
      slots[slotOf(token)] = { token: backend.copyText(token), verified, key }
    },
    forget(entry) {
      const slot = slotOf(entry.token)
      if (slots[slot] === entry) slots[slot] = undefined
    },
    size() {
      const held = slots.filter((entry) => entry !== undefined)
      return { entries: held.length, bytes: held.reduce((sum, entry) => sum + costOf(entry.token), 0) }
    },
  }
}
