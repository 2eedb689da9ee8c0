// Password hashing: argon2id (RFC 9106), a bounded number at once, the rest in a bounded queue.
import { availableParallelism } from 'node:os'
import { hash as argon2, verify as verifyArgon2 } from '@node-rs/argon2'

/** OWASP's first choice that fits a small machine: 19 MiB, two passes, one lane. */
export interface HashParameters {
  /** KiB. */
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

export const DEFAULT_PARAMETERS: HashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** As many in line as a machine of two cores works off in about two seconds. */
const LONGEST_QUEUE = 64

/** The queue is full: come again after `retryAfter` seconds (503). */
export class HasherBusy extends Error {
  override readonly name: string = 'HasherBusy'
  readonly retryAfter = 2
}

export interface PasswordHasher {
  /** A PHC string of the password, which is in NFC already. */
  hash(password: string): Promise<string>
  /**
   * One computation, whether or not there is an account: without a hash (undefined) the password is checked against one that
   * fits nobody. `outdated` says that the hash was made under other parameters.
   */
  verify(phc: string | undefined, password: string): Promise<{ readonly matches: boolean; readonly outdated: boolean }>
  /** How many computations were begun since the start: what an observer of time could count. */
  computations(): number
  /** How many are under way, and how many wait for their turn. */
  load(): { readonly running: number; readonly waiting: number }
}

export function createPasswordHasher(options: {
  readonly parameters: HashParameters
  /** Fresh random bytes, for the salt of the hash that fits nobody. */
  readonly random: (size: number) => Uint8Array
}): PasswordHasher {
  const { parameters, random } = options
  const pool = createPool(availableParallelism(), LONGEST_QUEUE)
  let count = 0

  const compute = <Result>(work: () => Promise<Result>): Promise<Result> =>
    pool.run(() => {
      count += 1
      return work()
    })
  const settings = { ...parameters, algorithm: 2 } // argon2id
  const prefix = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`
  // Well-formed, under the same parameters, and a hash of no password anybody could find.
  const base64 = (size: number) => Buffer.from(random(size)).toString('base64').replaceAll('=', '')
  const nobody = `${prefix}${base64(16)}$${base64(32)}`

  return {
    hash: (password) => compute(() => argon2(Buffer.from(password, 'utf8'), settings)),
    async verify(phc, password) {
      const matches = await compute(() => verifyArgon2(phc ?? nobody, Buffer.from(password, 'utf8')))
      return { matches: matches && phc !== undefined, outdated: phc !== undefined && !phc.startsWith(prefix) }
    },
    computations: () => count,
    load: pool.load,
  }
}

/** Runs at most `width` pieces of work at once and keeps at most `depth` waiting. */
function createPool(width: number, depth: number) {
  const waiting: (() => void)[] = []
  let running = 0
  const run = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= width) {
      if (waiting.length >= depth) throw new HasherBusy('too many passwords to hash at once')
      await new Promise<void>((turn) => waiting.push(turn))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so that nobody who comes later can slip in before.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
  return { run, load: () => ({ running, waiting: waiting.length }) }
}
