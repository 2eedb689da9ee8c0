// The rows of the token bench as a page shows them: what was aimed at beside what was measured, then everybody.
import type { Row } from '../document.ts'
import { markdownTable, ratioCell } from '../page.ts'

const FRESH = 'verify a fresh token'
const SEEN = 'verify a token seen before'
const SIGN = 'sign'

/** What we aim at, against raw node:crypto. */
const GOALS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  [FRESH]: { HS256: 1.5, ES256: 1.05, EdDSA: 1.05, RS256: 1.1, PS256: 1.1 },
  [SIGN]: { HS256: 1.6, ES256: 1.08, EdDSA: 1.08, RS256: 1.08, PS256: 1.08 },
}
/** Microseconds of CPU for a token seen before, and how many times faster than the other cache. */
const SEEN_GOAL = { most: 0.6, times: 6 }

const missed = (cell: string, yes: boolean): string => (yes ? `**${cell}**` : cell)
const caseOf = (algorithm: string, what: string, node: string): string => `${algorithm}, ${what}, Node ${node}`

/** @param rows as the worker answers them, of every algorithm and version */
export function tables(rows: readonly Row[]): string {
  const cases = rows.map((row) => row.case.split(', '))
  const algorithms = [...new Set(cases.map(([algorithm = '']) => algorithm))]
  const nodes = [...new Set(cases.map((parts) => parts.at(-1)?.replace('Node ', '') ?? ''))]
  const head = ['', ...nodes.map((node) => `Node ${node}`)]
  const find = (name: string, contender: string): Row | undefined =>
    rows.find((row) => row.case === name && row.contender.startsWith(contender))

  const againstRaw = (what: string): string =>
    markdownTable([
      head,
      ...algorithms.flatMap((algorithm) => {
        const goal = GOALS[what]?.[algorithm] ?? 0
        const cells = (contender: string, cell: (row: Row) => string): string[] =>
          nodes.map((node) => {
            const row = find(caseOf(algorithm, what, node), contender)
            return row === undefined ? '' : cell(row)
          })
        return [
          [
            `${algorithm}, × raw (goal ${goal.toFixed(2)})`,
            ...cells('hallpass', (row) => missed(ratioCell(row), row.ratio > goal)),
          ],
          [
            `${algorithm}, × the best peer`,
            ...cells('hallpass over', (row) =>
              missed(`${ratioCell(row)} ${row.contender.slice(14)}`, (row.interval?.[0] ?? 0) > 1.02),
            ),
          ],
        ]
      }),
    ])

  const seen = markdownTable([
    head,
    ...algorithms.map((algorithm) => [
      algorithm,
      ...nodes.map((node) => {
        const name = caseOf(algorithm, SEEN, node)
        const [own, other] = [find(name, 'hallpass'), find(name, 'hallpass over')]
        if (own === undefined || other === undefined) return ''
        const [low, high] = other.interval ?? [other.ratio, other.ratio]
        const times = ratioCell({ ratio: 1 / other.ratio, interval: [1 / high, 1 / low] })
        const [slow, near] = [own.value > SEEN_GOAL.most, 1 / other.ratio < SEEN_GOAL.times]
        return `${missed(`${own.value.toFixed(2)} µs`, slow)}; ${missed(`${times} times`, near)}`
      }),
    ]),
  ])

  const everybody = (what: string): string => {
    const contenders = [...new Set(rows.filter((row) => row.case.includes(`, ${what}, `)).map((row) => row.contender))]
    return nodes
      .map((node) =>
        markdownTable([
          [`Node ${node}`, ...algorithms],
          ...contenders
            .filter((contender) => !contender.startsWith('hallpass over'))
            .map((contender) => [
              contender,
              ...algorithms.map((algorithm) => {
                const row = rows.find(
                  (row) => row.case === caseOf(algorithm, what, node) && row.contender === contender,
                )
                return row === undefined ? '–' : `${row.value.toFixed(1)} (${row.wall?.toFixed(1) ?? '–'})`
              }),
            ]),
        ]),
      )
      .join('\n\n')
  }

  return [
    '### Verify a fresh token',
    'CPU time of ours against raw `node:crypto`, and against whoever of the others is fastest there; 95 % interval. Bold: a goal missed.',
    againstRaw(FRESH),
    '### Sign',
    againstRaw(SIGN),
    '### Verify a token seen before',
    `CPU time of a hit, and how many times faster than the cache of fast-jwt (goals: ${SEEN_GOAL.most} µs and ${SEEN_GOAL.times} times). \`exp\`, \`nbf\` and a list of a thousand ended sessions are checked each time.`,
    seen,
    '### Everybody',
    'Microseconds of CPU for one token, by the clock on the wall in brackets: verify a fresh one …',
    everybody(FRESH),
    '… and sign.',
    everybody(SIGN),
  ].join('\n\n')
}
