// How the timing is done: everybody's refreshes in turn, one each, so that whatever else the machine does falls on all of them alike.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Refresh } from './lanes.ts'
import type { Client } from './population.ts'

export interface Lane {
  readonly refresh: Refresh
  readonly clients: readonly Client[]
}

/** The milliseconds of every refresh of a lane, round by round. */
export type Rounds = readonly (readonly number[])[]

/** Times `each` refreshes of every lane in each round, one client at a time. */
export async function timed(lanes: readonly Lane[], rounds: number, each: number): Promise<readonly Rounds[]> {
  const random = seeded(7)
  const pick = ({ clients }: Lane): Client => {
    const client = clients[Math.floor(random() * clients.length)]
    if (client === undefined) throw new Error('nobody lives')
    return client
  }
  for (const lane of lanes) for (let warm = 0; warm < 50; warm++) await lane.refresh(pick(lane))
  const times = lanes.map((): number[][] => [])
  for (let round = 0; round < rounds; round++) {
    const of = lanes.map((): number[] => [])
    for (let turn = 0; turn < each; turn++)
      for (const [index, lane] of lanes.entries()) {
        const client = pick(lane)
        const begun = performance.now()
        await lane.refresh(client)
        of[index]?.push(performance.now() - begun)
        // As between two requests of a server: SQLite answers at once, and without a pause no timer would ever come to its turn.
        await nextTurn()
      }
    for (const [index, one] of of.entries()) times[index]?.push(one)
  }
  return times
}

/** Refreshes a second with so many clients side by side, for so many milliseconds. */
export async function rate({ refresh, clients }: Lane, together: number, milliseconds: number): Promise<number> {
  const begun = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: together }, async (_, index) => {
      // Sessions of their own: two clients of one session are another question.
      const own = clients.filter((__, at) => at % together === index)
      for (let turn = 0; performance.now() - begun < milliseconds; turn++) {
        const client = own[turn % own.length]
        if (client === undefined) return
        await refresh(client)
        done++
      }
    }),
  )
  return (done * 1000) / (performance.now() - begun)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
