// What does a refresh cost in the database, and does it cost more as there are more sessions? Statements counted by PostgreSQL itself, latency
// against the bare prepared statement, peers beside us on the same server. Options: --sizes=10000,1000000,10000000 for PostgreSQL,
// --sqlite=10000,1000000, --rounds=20, --each=50 refreshes of everybody a round, --peers=1000000 sessions.
import { setTimeout as sleep } from 'node:timers/promises'
import { document, type Document, type Row } from '../document.ts'
import { median, pairedRatio } from '../statistics.ts'
import { layerLane, type Refresh } from './lanes.ts'
import { quantile, rate, timed, type Lane, type Rounds } from './measure.ts'
import { preparePeers, type Peers } from './peers.ts'
import type { Client } from './population.ts'
import { prepare, query, type Prepared, type Sized } from './prepare.ts'

export interface Effort {
  readonly rounds: number
  readonly each: number
}

export async function answer(options: readonly string[]): Promise<Document> {
  const option = (name: string, otherwise: string): string =>
    options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise
  const sizes = (name: string, otherwise: string) => option(name, otherwise).split(',').filter(Boolean).map(Number)
  const prepared = await prepare(sizes('sizes', '10000,1000000,10000000'), sizes('sqlite', '10000,1000000'))
  try {
    const peers = await preparePeers(prepared.postgres, Number(option('peers', '1000000')))
    try {
      return await measure(prepared, peers, {
        rounds: Number(option('rounds', '20')),
        each: Number(option('each', '50')),
      })
    } finally {
      await peers.close()
    }
  } finally {
    await prepared.remove()
  }
}

const words = ({ engine, sessions }: Sized): string => `${engine}, ${sessions.toLocaleString('en')} sessions`
const row = (name: string, contender: string, value: number, unit: string, ratio = 1): Row => ({
  case: name,
  contender,
  value,
  unit,
  ratio,
})

export async function measure({ sized }: Prepared, peers: Peers, effort: Effort): Promise<Document> {
  const rows: Row[] = []
  for (const engine of ['PostgreSQL', 'SQLite'] as const) {
    const those = sized.filter((one) => one.engine === engine)
    if (those.length > 0) rows.push(...(await latency(those, effort)))
  }
  for (const one of sized) rows.push(...(await throughput(one)))
  const [first] = sized.filter(({ engine }) => engine === 'PostgreSQL')
  if (first !== undefined) rows.push(...(await statements(first, peers)))
  rows.push(...(await beside(sized, peers, effort)))
  for (const one of sized)
    rows.push(row('on the disk, a session with its indexes', words(one), one.bytes / one.sessions, 'bytes'))
  // Last, for it takes away what the others had.
  for (const one of sized.filter(
    ({ sessions }) => sessions === 1_000_000 || sized.every((other) => other.sessions < 1_000_000),
  ))
    rows.push(...(await whileRemoving(one)))
  return document(
    'What does a refresh cost in the database? (× the bare prepared statement on the same table; one session in a hundred lives)',
    process.versions.node,
    rows,
  )
}

/** Every size in every round: what grows with the table must show, and what the disk does by the hour must not. */
async function latency(those: readonly Sized[], { rounds, each }: Effort): Promise<readonly Row[]> {
  const kinds = ['rotate', 'refresh'] as const
  const lanes = those.flatMap((one): Lane[] => [
    { refresh: one.bare, clients: share(one.living, 0) },
    ...kinds.map((kind, at) => ({
      refresh: layerLane(kind, one.layer, one.clock),
      clients: share(one.living, at + 1),
    })),
  ])
  const times = await timed(lanes, rounds, each)
  const rows: Row[] = []
  const smallest = times[1] ?? []
  for (const [index, one] of those.entries()) {
    const [bare = [], layer = [], both = []] = times.slice(index * 3)
    const minting = await mintingOf(one)
    const p50 = (name: string, of: Rounds, against: Rounds): Row => ({
      ...row(`${words(one)}: one client, p50`, name, median(of.flat()), 'ms'),
      ...pairedRatio(of.map(median), against.map(median)),
    })
    rows.push(
      p50('the bare prepared statement', bare, bare),
      p50('hallpass, session layer', layer, bare),
      p50('hallpass, with both tokens', both, bare),
      row(
        `${words(one)}: one client, p50`,
        'hallpass, the two tokens alone',
        minting,
        'ms',
        minting / median(bare.flat()),
      ),
    )
    const p99 = (of: Rounds) => quantile(of.flat(), 0.99)
    rows.push(
      row(`${words(one)}: one client, p99`, 'the bare prepared statement', p99(bare), 'ms'),
      row(`${words(one)}: one client, p99`, 'hallpass, session layer', p99(layer), 'ms', p99(layer) / p99(bare)),
    )
    rows.push({
      ...row(`${one.engine}: session layer p50 as it grows (× the smallest)`, words(one), median(layer.flat()), 'ms'),
      ...pairedRatio(layer.map(median), smallest.map(median)),
    })
  }
  return rows
}

/** Each lane has every third of the living, so that no lane finds what another one has moved. */
const share = (living: readonly Client[], which: number): readonly Client[] =>
  living.filter((_, index) => index % 3 === which)

async function mintingOf(one: Sized): Promise<number> {
  const mint = layerLane('mint', one.layer, one.clock)
  const [times = []] = await timed([{ refresh: mint, clients: one.living }], 1, 500)
  return median(times.flat())
}

async function throughput(one: Sized): Promise<readonly Row[]> {
  const name = `${words(one)}: refreshes a second`
  const lanes: readonly (readonly [string, Refresh, number])[] = [
    ['the bare prepared statement, 1 client', one.bare, 0],
    ['hallpass, session layer, 1 client', layerLane('rotate', one.layer, one.clock), 1],
    ['hallpass, with both tokens, 1 client', layerLane('refresh', one.layer, one.clock), 2],
  ]
  const rows: Row[] = []
  for (const [contender, refresh, which] of lanes)
    rows.push(row(name, contender, await rate({ refresh, clients: share(one.living, which) }, 1, 2_000), '/s'))
  const many = await rate(
    { refresh: layerLane('refresh', one.layer, one.clock), clients: share(one.living, 2) },
    32,
    3_000,
  )
  rows.push(row(name, 'hallpass, with both tokens, 32 clients', many, '/s'))
  const floor = rows[0]?.value ?? NaN
  return rows.map((each) => ({ ...each, ratio: each.value / floor }))
}

/** What PostgreSQL itself has counted (pg_stat_statements). */
async function statements(one: Sized, peers: Peers): Promise<readonly Row[]> {
  const COUNT = 200
  const name = 'PostgreSQL, statements for one refresh, counted by the database'
  const counted = async (url: string, contender: string, work: () => Promise<void>): Promise<readonly Row[]> => {
    await query(url, 'select pg_stat_statements_reset()')
    for (let turn = 0; turn < COUNT; turn++) await work()
    const [calls] = await query<{ writes: string; reads: string; others: string }>(
      url,
      `select coalesce(sum(calls) filter (where query ~* '^(update|insert|delete)'), 0) as writes,
              coalesce(sum(calls) filter (where query ~* '^select' and query !~ 'pg_stat_statements'), 0) as reads,
              coalesce(sum(calls) filter (where query ~* '^(begin|commit|start|set)'), 0) as others
         from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())`,
    )
    return [
      row(name, `${contender}: writes`, Number(calls?.writes) / COUNT, ''),
      row(name, `${contender}: reads`, Number(calls?.reads) / COUNT, ''),
      row(name, `${contender}: begin, commit`, Number(calls?.others) / COUNT, ''),
    ]
  }
  const refresh = layerLane('refresh', one.layer, one.clock)
  const [living] = share(one.living, 2)
  if (living === undefined) throw new Error('nobody lives')
  const rows = [...(await counted(one.database, 'hallpass', () => refresh(living)))]
  for (const peer of peers.list) rows.push(...(await counted(peer.database, peer.name, peer.refresh)))
  return rows
}

/** Peers on the same server, in turns with us. */
async function beside(sized: readonly Sized[], peers: Peers, { rounds, each }: Effort): Promise<readonly Row[]> {
  const ours = sized.find(({ engine, sessions }) => engine === 'PostgreSQL' && sessions === peers.sessions)
  if (ours === undefined) return []
  const [client] = ours.living
  if (client === undefined) return []
  const lanes: readonly Lane[] = [
    { refresh: layerLane('refresh', ours.layer, ours.clock), clients: share(ours.living, 2) },
    ...peers.list.map(({ refresh }) => ({ refresh: () => refresh(), clients: [client] })),
  ]
  const times = await timed(lanes, rounds, each)
  const base = times[0] ?? []
  return times.map((of, index) => ({
    ...row(
      `PostgreSQL, ${peers.sessions.toLocaleString('en')} sessions: a renewal, p50 (× ours)`,
      index === 0 ? 'hallpass, with both tokens' : (peers.list[index - 1]?.name ?? ''),
      median(of.flat()),
      'ms',
    ),
    ...pairedRatio(of.map(median), base.map(median)),
  }))
}

/** The same refreshes, before and while hundreds of thousands of expired sessions are removed. */
async function whileRemoving(one: Sized): Promise<readonly Row[]> {
  const name = `${words(one)}: session layer while expired sessions are removed (× before)`
  const lane = { refresh: layerLane('rotate', one.layer, one.clock), clients: share(one.living, 1) }
  const before = (await timed([lane], 1, 1_000))[0]?.flat() ?? []
  const sweeping = one.layer.sweep()
  const begun = performance.now()
  const during: number[] = []
  while (performance.now() - begun < 10_000) during.push(...((await timed([lane], 1, 50))[0]?.flat() ?? []))
  const perSecond = (one.layer.removed() * 1_000) / (performance.now() - begun)
  await one.close()
  await Promise.race([sweeping, sleep(1_000)])
  const quantiles = [0.5, 0.99] as const
  return [
    ...quantiles.flatMap((at) => [
      row(name, `before, p${at * 100}`, quantile(before, at), 'ms'),
      row(name, `while, p${at * 100}`, quantile(during, at), 'ms', quantile(during, at) / quantile(before, at)),
    ]),
    row(name, 'removed meanwhile', perSecond, 'sessions/s'),
  ]
}
