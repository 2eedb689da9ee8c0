// The rows of the HTTP bench as a page shows them: what a check adds to the open route of its server.
import type { Row } from '../document.ts'
import { markdownTable, ratioCell } from '../page.ts'
import { CHECK_ALONE } from './check.ts'

export interface HttpRow extends Row {
  /** Microseconds of CPU more than the open route takes: the median of the rounds' differences, and its 95 % interval. */
  readonly above: number
  readonly aboveInterval: readonly [number, number]
}

export function tables(rows: readonly HttpRow[]): string {
  const alone = rows.filter((row) => row.case === CHECK_ALONE)
  const families = [...new Set(rows.filter((row) => !alone.includes(row)).map((row) => row.case))]
  const about =
    'The check alone, called with a thousand ended sessions on its list (goals: 5 µs for a token seen before; 1.3 times the signature for a fresh one):'
  const inside =
    "And on a server: its open route, and what stands in front of it. CPU of the server's process for a request, all of it, so what the other half of the machine does is in the spread."
  const better = rows.filter((row) => row.contender.startsWith('better-auth'))
  const own = rows.find((row) => row.case === 'node:http' && row.contender === 'hallpass, tokens seen before')
  const times = better.map((row) => `${row.contender}: ${own && (row.value / own.value).toFixed(0)} times`).join('; ')
  return [
    about,
    markdownTable([
      [CHECK_ALONE, 'µs CPU', '× the signature'],
      ...alone.map((row) => [row.contender, row.value.toFixed(1), ratioCell(row)]),
    ]),
    inside,
    ...families.map((family) =>
      markdownTable([
        [family, 'µs CPU a request', 'more than the open route', '× the open route', 'requests a second'],
        ...rows.filter((row) => row.case === family).map(cellsOf),
      ]),
    ),
    `What a whole request with a token seen before takes of us on node:http, \`getSession\` takes several times over. ${times}.`,
  ].join('\n\n')
}

function cellsOf(row: HttpRow): string[] {
  const [low, high] = row.aboveInterval
  const name = [row.contender, row.value.toFixed(0)]
  const perSecond = row.wall === undefined ? '–' : (1e6 / row.wall).toFixed(0)
  if (row.contender === 'open') return [...name, '', '', perSecond]
  return [...name, `${row.above.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`, ratioCell(row), perSecond]
}
