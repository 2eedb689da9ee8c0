// How hard is the return of an issuer that was away, and what does a sign-out cost to tell? A simulation (outage.ts) and arithmetic; nothing
// is measured here, so it gives the same figures on every machine. Options: --clients=200000.
import { document, type Document, type Row } from '../document.ts'
import { playFanOut } from './fan-out.ts'
import { playOutage, SPREADS } from './outage.ts'

const LIFETIME = 900

export async function answer(options: readonly string[]): Promise<Document> {
  const clients = Number(options.find((one) => one.startsWith('--clients='))?.slice(10) ?? 200_000)
  const rows: Row[] = []
  for (const [length, together] of [
    [60, false],
    [600, false],
    [600, true],
  ] as const)
    for (const [name, spread] of Object.entries(SPREADS)) {
      // Ten times the usual rate: what a deployment that is not tight can do.
      const usual = clients / (LIFETIME - 60)
      const { peak, recovered, without } = playOutage({
        clients,
        lifetime: LIFETIME,
        length,
        capacity: usual * 10,
        spread,
        together,
        random: seeded(1),
      })
      const what = `away for ${length} s, clients ${together ? 'in step' : 'out of step'}`
      rows.push(
        {
          case: `${what}: the busiest second`,
          contender: `jitter ${name}`,
          value: peak,
          unit: 'refreshes',
          ratio: peak / usual,
        },
        {
          case: `${what}: until who was turned away is answered`,
          contender: `jitter ${name} (${((100 * without) / clients).toFixed(1)} % were without one)`,
          value: recovered,
          unit: 's',
          ratio: recovered / LIFETIME,
        },
      )
    }
  rows.push(...fanOut())
  return document(
    `What comes after an outage? ${clients} clients, passes of 15 minutes (× the usual rate; × the life of a pass)`,
    process.versions.node,
    rows,
  )
}

/** One in five people signs out in a day; a node of a few goes away. */
function fanOut(): readonly Row[] {
  // Within four tenths of a second; the overlap of ten seconds, half of the time between two heartbeats, and the pause.
  const ways = [
    { name: 'jitter none', pause: () => 0, missed: 13 },
    { name: 'jitter ours', pause: (random: () => number) => 0.4 * random(), missed: 13 },
    {
      name: 'jitter ours, the whole list each time',
      pause: (random: () => number) => 0.4 * random(),
      missed: LIFETIME,
    },
  ]
  return (
    [
      [1e6, 3, 100],
      [1e7, 3, 1_000],
      [1e8, 10, 10_000],
    ] as const
  ).flatMap(([people, nodes, services]) =>
    ways.flatMap(({ name, pause, missed }): readonly Row[] => {
      const told = playFanOut({
        services,
        nodes,
        signOuts: people / 5 / 86_400,
        lifetime: LIFETIME,
        missed,
        pause,
        random: seeded(1),
      })
      const what = `${people / 1e6} million people, ${services} services, ${nodes} nodes`
      const row = (which: string, value: number, unit: string, ratio = 1): Row => ({
        case: `${what}: ${which}`,
        contender: name,
        value,
        unit,
        ratio,
      })
      return [
        ...(name === 'jitter none' ? [row('a node tells, in the quiet', told.usual / 1e6, 'MB/s')] : []),
        row('a node tells, in the second after another one went', told.peak / 1e6, 'MB/s', told.peak / told.usual),
        row('streams opened at one node within a tenth of a second', told.together, 'streams'),
      ]
    }),
  )
}

function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
