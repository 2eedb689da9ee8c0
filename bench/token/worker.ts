// Runs inside of one Node: every contender in every case, in interleaved rounds, and prints what it measured as JSON.
import { randomInt, randomUUID } from 'node:crypto'
import type { Algorithm } from '@hallpass/token'
import type { Row } from '../document.ts'
import { median, pairedRatio } from '../statistics.ts'
import { AUDIENCE, contenders, ISSUER, type Claims, type Contender } from './contenders.ts'

const DISTINCT = 512
/**
 * Milliseconds that each contender works before anything is counted, as a service has that answers all day: what is called ten thousand
 * times is not yet what V8 makes of it in the end, and in some runs twice as slow as that.
 */
const WARM_UP = 300
/** Milliseconds that a contender works in each round: short, so that all of a round meet the same noise. */
const SLICE = 5
const [algorithms = '', rounds = '60', cases = ''] = process.argv.slice(2)
const major = process.versions.node.split('.')[0]

const now = Math.floor(Date.now() / 1000)
const claims: Claims[] = Array.from({ length: DISTINCT }, (_, index) => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: `user-${index}`,
  sid: randomUUID(),
  jti: randomUUID(),
  iat: now,
  exp: now + 3600,
  roles: ['reader', 'writer'],
}))

interface Lane {
  readonly name: string
  /** Makes what one round works on: new strings each time, or V8 would know their hashes. */
  readonly prepare: () => (index: number) => unknown
}

interface Timing {
  readonly cpu: number[]
  readonly wall: number[]
}

async function warmUp(lane: Lane): Promise<void> {
  const before = process.cpuUsage()
  for (;;) {
    const call = lane.prepare()
    for (let index = 0; index < DISTINCT; index++) await call(index)
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 > WARM_UP) return
  }
}

/** As many calls as fill a slice, by the processor's time: on the wall a busy machine makes every call long. */
async function calibrate(lane: Lane): Promise<number> {
  const call = lane.prepare()
  let calls = 16
  for (;;) {
    const before = process.cpuUsage()
    for (let index = 0; index < calls; index++) await call(index % DISTINCT)
    const { user, system } = process.cpuUsage(before)
    const milliseconds = (user + system) / 1000
    if (milliseconds > SLICE) return Math.max(4, Math.ceil((calls * SLICE) / milliseconds))
    calls *= 2
  }
}

async function round(lane: Lane, calls: number, timing: Timing): Promise<void> {
  const call = lane.prepare()
  // Only what answers later is awaited: awaiting the others would charge them for a queue they do not need.
  const isAsync = call(0) instanceof Promise
  const cpu = process.cpuUsage()
  const wall = process.hrtime.bigint()
  if (isAsync) for (let index = 0; index < calls; index++) await call(index % DISTINCT)
  else for (let index = 0; index < calls; index++) call(index % DISTINCT)
  const elapsed = Number(process.hrtime.bigint() - wall) / 1000
  const { user, system } = process.cpuUsage(cpu)
  timing.cpu.push((user + system) / calls)
  timing.wall.push(elapsed / calls)
}

function shuffled(length: number): number[] {
  const order = Array.from({ length }, (_, at) => at)
  for (let at = length - 1; at > 0; at--) {
    const other = randomInt(at + 1)
    ;[order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0]
  }
  return order
}

async function measure(name: string, lanes: readonly Lane[]): Promise<Row[]> {
  if (!cases.split(',').some((one) => name.includes(one))) return []
  const timings = lanes.map((): Timing => ({ cpu: [], wall: [] }))
  const calls: number[] = []
  for (const lane of lanes) await warmUp(lane)
  for (const lane of lanes) calls.push(await calibrate(lane))
  for (let turn = 0; turn < Number(rounds); turn++) {
    // Each round has an order of its own: nobody always works after the one who leaves the most garbage.
    for (const at of shuffled(lanes.length)) {
      const [lane, timing] = [lanes[at], timings[at]]
      if (lane !== undefined && timing !== undefined) await round(lane, calls[at] ?? 1, timing)
    }
  }
  const floor = timings[0]?.cpu ?? []
  const best = lanes
    .map((lane, at) => ({ name: lane.name, cpu: timings[at]?.cpu ?? [] }))
    .filter((lane) => lane.name !== 'hallpass' && !lane.name.startsWith('raw'))
    .sort((a, b) => median(a.cpu) - median(b.cpu))[0]
  return lanes.flatMap((lane, at) => {
    const { cpu, wall } = timings[at] ?? { cpu: [], wall: [] }
    const row = { contender: lane.name, case: name, value: median(cpu), unit: 'µs CPU', wall: median(wall) }
    const rows: Row[] = [{ ...row, ...pairedRatio(cpu, floor) }]
    if (lane.name === 'hallpass' && best !== undefined) {
      rows.push({ ...row, contender: `hallpass over ${best.name}`, ...pairedRatio(cpu, best.cpu) })
    }
    return rows
  })
}

const fresh = (tokens: readonly string[]): string[] =>
  tokens.map((token) => Buffer.from(token, 'latin1').toString('latin1'))

function lane(
  name: string,
  call: ((value: string, index: number) => unknown) | undefined,
  tokens: readonly string[],
): Lane[] {
  if (call === undefined) return []
  return [
    {
      name,
      prepare: () => {
        const copies = fresh(tokens)
        return (index) => call(copies[index] ?? '', index)
      },
    },
  ]
}

const rows: Row[] = []
for (const algorithm of algorithms.split(',') as Algorithm[]) {
  const { tokens, list } = await contenders(algorithm, claims)
  const each = <T>(pick: (contender: Contender) => readonly T[]): T[] => list.flatMap(pick)
  rows.push(
    ...(await measure(
      `${algorithm}, verify a fresh token, Node ${major}`,
      each(({ name, verify }) => lane(name, verify, tokens)),
    )),
    ...(await measure(
      `${algorithm}, verify a token seen before, Node ${major}`,
      each(({ name, verifyAgain }) => lane(name, verifyAgain, tokens)),
    )),
    ...(await measure(
      `${algorithm}, sign, Node ${major}`,
      each(({ name, sign }) =>
        sign === undefined ? [] : [{ name, prepare: () => (index: number) => sign(claims[index] ?? {}, index) }],
      ),
    )),
  )
}
process.stdout.write(JSON.stringify(rows))
process.exit(0)
