// What does a flood of fresh tokens do to the cache of verified ones? CPU for each token and memory held, window after window, beside the
// same verifier without a cache. Options: --tokens=400000, and --write, into docs/performance.md.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSigner, createVerifier, importSecret, type Signer, type Verifier } from '@hallpass/token'
import { document, type Document, type Row } from '../document.ts'
import { markdownTable, ratioCell, writeSection } from '../page.ts'
import { pairedRatio, median } from '../statistics.ts'
import { AUDIENCE, ISSUER } from '../token/contenders.ts'

const WINDOWS = 8
/** Fresh tokens are made and verified in batches, in turns with and without the cache. */
const BATCH = 1000

interface Lane {
  readonly name: string
  readonly verify: Verifier
  /** Microseconds of CPU a token, batch by batch. */
  cpu: number[]
}

export async function answer(options: readonly string[]): Promise<Document> {
  const tokens = Number(options.find((one) => one.startsWith('--tokens='))?.slice(9) ?? 400_000)
  // HS256 is the cheapest to verify, so what the cache adds shows most.
  const key = await importSecret(crypto.getRandomValues(new Uint8Array(32)), 'HS256')
  const sign = createSigner(key, { type: 'at+jwt' })
  const demands = { algorithms: ['HS256' as const], type: 'at+jwt', issuer: ISSUER, audience: AUDIENCE }
  const lanes: Lane[] = [
    { name: 'without a cache', verify: createVerifier(key, demands), cpu: [] },
    { name: 'with a cache of 2,048', verify: createVerifier(key, { ...demands, cache: {} }), cpu: [] },
  ]
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const rows: Row[] = []
  for (let window = 0; window <= WINDOWS; window++) {
    for (const lane of lanes) lane.cpu = []
    for (let batch = 0; batch < tokens / WINDOWS / BATCH; batch++) {
      const fresh = makeBatch(sign)
      for (const at of [batch % 2, (batch + 1) % 2]) run(lanes[at], fresh)
    }
    collect()
    const heap = process.memoryUsage().heapUsed / 2 ** 20
    // The first window is for the compiler.
    if (window === 0) continue
    const name = `window ${window} of ${WINDOWS}, ${tokens / WINDOWS} fresh tokens`
    const [without, withCache] = lanes.map(({ cpu }) => cpu)
    for (const lane of lanes) {
      const row = { contender: lane.name, case: name, unit: 'µs CPU', value: median(lane.cpu) }
      rows.push({ ...row, ...pairedRatio(lane.cpu, without ?? []) })
    }
    if (withCache !== undefined) rows.push({ contender: 'memory held', case: name, unit: 'MiB', value: heap, ratio: 1 })
  }
  const question = 'What does a flood of fresh tokens do to the cache? (HS256; × the same verifier without a cache)'
  const all = document(question, process.versions.node, rows)
  if (options.includes('--write')) writeSection('flood', all, [], table(rows))
  return all
}

function makeBatch(sign: Signer): string[] {
  const now = Math.floor(Date.now() / 1000)
  return Array.from({ length: BATCH }, (_, index) => {
    const claims = { sid: crypto.randomUUID(), jti: crypto.randomUUID(), iat: now, exp: now + 3600 }
    // A copy, as a token that came over the network is.
    return Buffer.from(sign({ iss: ISSUER, aud: AUDIENCE, sub: `user-${index}`, ...claims }) as string).toString(
      'latin1',
    )
  })
}

function run(lane: Lane | undefined, fresh: readonly string[]): void {
  const before = process.cpuUsage()
  for (const token of fresh) void lane?.verify(token)
  const { user, system } = process.cpuUsage(before)
  lane?.cpu.push((user + system) / fresh.length)
}

function table(rows: readonly Row[]): string {
  const cases = [...new Set(rows.map((row) => row.case))]
  const find = (name: string, contender: string): Row | undefined =>
    rows.find((row) => row.case === name && row.contender.startsWith(contender))
  return markdownTable([
    ['', 'without a cache, µs', 'with it, µs', '×', 'memory held after it, MiB'],
    ...cases.map((name) => {
      const withCache = find(name, 'with a')
      return [
        name,
        (find(name, 'without')?.value ?? NaN).toFixed(2),
        (withCache?.value ?? NaN).toFixed(2),
        withCache === undefined ? '' : ratioCell(withCache),
        (find(name, 'memory')?.value ?? NaN).toFixed(1),
      ]
    }),
  ])
}
