// The throttle of guesses: waits that grow with failures, for each account (unknown ones alike) and for each address; kept in
// the store, so that they hold over restarts and over nodes. Never by sleeping: a held connection costs us more than the caller.
import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import type { Secret } from '../keys/secret.ts'
import type { Store, ThrottleBucket } from '../store/store.ts'
import { Refusal } from './problem.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Four guesses are free; then half a minute, doubling to an hour; NIST SP 800-63B-4 (3.2.2) wants an end after a hundred: a day. */
const ACCOUNT_DELAYS = growing({ free: 4, first: 30_000, longest: HOUR, upTo: 100, beyond: 24 * HOUR })
/** Many people share an address (an office, a phone network), so it is given more. */
const ADDRESS_DELAYS = growing({ free: 30, first: 30_000, longest: 15 * MINUTE, upTo: 60, beyond: 15 * MINUTE })
const REGISTER_DELAYS = growing({ free: 100, first: MINUTE, longest: 15 * MINUTE, upTo: 120, beyond: 15 * MINUTE })
/** A bucket that was left alone this long starts anew. */
const FORGET = 24 * HOUR

export interface Try {
  /** The guess was right: the account's bucket is forgotten, the others get this try back. */
  succeeded(): Promise<void>
  /** Nobody learned whether the guess was right: it counts for nothing. */
  undone(): Promise<void>
}

export interface Throttle {
  /**
   * Takes a try at an account's password.
   *
   * @param of the account's key, the client's address, and the session of the signed-in device that asks, if it is one of
   *   this account: its owner is counted apart, so that a stranger's guesses cannot lock the owner out there
   * @throws Refusal `throttled`
   */
  guess(of: { readonly account: string; readonly address: string | undefined; readonly device?: string }): Promise<Try>
  /** Takes a try at making an account. Throws like `guess`. */
  register(address: string | undefined): Promise<void>
}

export function createThrottle(options: {
  readonly store: Store
  readonly secret: Secret
  readonly now: () => number
}): Throttle {
  const { store, now } = options
  const key = options.secret.derive('throttle')
  // The store learns neither e-mail addresses nor where people are.
  const name = (kind: string, value: string) =>
    `${kind}:${createHmac('sha256', key).update(`${kind}:${value}`).digest('base64url').slice(0, 27)}`

  const take = async (buckets: readonly ThrottleBucket[]) => {
    const at = now()
    const taken = await store.takeTry(buckets, at, FORGET)
    if (taken.result === 'closed') throw new Refusal('throttled', { retryAfter: (taken.retryAt - at) / 1000 })
  }

  return {
    async guess({ account, address, device }) {
      const mine = device === undefined ? name('account', account) : name('device', device)
      const shared = address === undefined ? [] : [name('address', networkOf(address))]
      // A device that is signed in answers for itself alone: what others do from the same network does not stop it.
      const addresses = device === undefined ? shared : []
      await take([
        { key: mine, delays: ACCOUNT_DELAYS },
        ...addresses.map((bucket) => ({ key: bucket, delays: ADDRESS_DELAYS })),
      ])
      return {
        succeeded: () => store.returnTry({ cleared: [mine], returned: addresses }),
        undone: () => store.returnTry({ cleared: [], returned: [mine, ...addresses] }),
      }
    },
    async register(address) {
      if (address !== undefined) await take([{ key: name('register', networkOf(address)), delays: REGISTER_DELAYS }])
    },
  }
}

/**
 * The network an address counts as: an IPv4 address itself, an IPv6 address by its /64 (what one customer is given), in one
 * spelling; an IPv4 address written as IPv6 is that IPv4 address.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (isIP(bare) !== 6) return bare
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  if (mapped !== null) {
    const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  const [head = '', tail] = canonical.split('::', 2)
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}

function growing(rule: {
  free: number
  first: number
  longest: number
  upTo: number
  beyond: number
}): readonly number[] {
  const grown = Array.from({ length: rule.upTo - rule.free }, (_, step) =>
    Math.min(rule.longest, rule.first * 2 ** step),
  )
  return [...Array<number>(rule.free).fill(0), ...grown, rule.beyond]
}
