// The check alone, without a server around it that takes ten times as long and never twice the same: what it costs for a token seen before, and
// what a fresh one costs against its signature, in turns within one process.
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import type { Guard } from '@hallpass/guard'
import { median, pairedDifference, pairedRatio } from '../statistics.ts'
import type { HttpRow } from './tables.ts'

export const CHECK_ALONE = 'the check alone'
const ROUNDS = 60
const WARM_UP = 20
/** Tokens that one round of a lane checks. */
const BATCH = 256
/** A pass over the tokens that were seen is short: so many of them are timed at once. */
const PASSES = 8

/**
 * @param headers values of `Authorization`, many more than a guard remembers
 */
export async function measureCheck(guard: Guard, headers: readonly string[]): Promise<readonly HttpRow[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const inputs = headers.slice(0, BATCH).map((header) => Buffer.from(header.slice(0, header.lastIndexOf('.'))))
  const signatures = inputs.map((input) => sign('sha256', input, privateKey))
  const [raw, fresh, seen]: [number[], number[], number[]] = [[], [], []]
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const start = (round + WARM_UP) * BATCH
    const others = Array.from({ length: BATCH }, (_, index) => copy(headers[(start + index) % headers.length] ?? ''))
    const again = others.map(copy)
    const times = [
      timed(BATCH, () => {
        for (const [at, input] of inputs.entries()) verify('sha256', input, publicKey, signatures[at] ?? Buffer.of())
      }),
      await timedAll(guard, others, 1),
      await timedAll(guard, again, PASSES),
    ]
    if (round < 0) continue
    for (const [at, lane] of [raw, fresh, seen].entries()) lane.push(times[at] ?? NaN)
  }
  const row = (contender: string, cpu: readonly number[]): HttpRow => ({
    contender,
    case: CHECK_ALONE,
    unit: 'µs CPU',
    value: median(cpu),
    ...pairedRatio(cpu, raw),
    ...pairedDifference(cpu, raw),
  })
  return [
    row('one ES256 signature', raw),
    row('hallpass, fresh tokens', fresh),
    row('hallpass, tokens seen before', seen),
  ]
}

/** A string nobody has seen, as the parser of a request makes one. */
const copy = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** Microseconds of CPU for one of `count`. */
function timed(count: number, work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

async function timedAll(guard: Guard, headers: readonly string[], passes: number): Promise<number> {
  const before = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++)
    for (const header of headers) {
      const checked = guard.check(header)
      if (!(checked instanceof Promise ? await checked : checked).ok) throw new Error('a good token was refused')
    }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / (headers.length * passes)
}
