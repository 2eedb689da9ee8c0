// What came out otherwise in Firefox: a section of docs/lab.md. Which attacks are expected to succeed is said of Chromium; here the two are
// held against each other.
import type { Cell, Results } from '../attack.ts'
import { attacks } from '../attacks/index.ts'
import { targets } from '../targets/index.ts'

export function firefoxSection(chromium: readonly Cell[], firefox: Results): string {
  const run = firefox.cells.filter(({ outcome }) => outcome !== 'not-run')
  const twin = ({ target, attack }: Cell) => chromium.find((cell) => cell.target === target && cell.attack === attack)
  const other = run.filter((cell) => {
    const same = twin(cell)
    return same !== undefined && same.outcome !== 'not-run' && same.outcome !== cell.outcome
  })
  const asked = firefox.cells.filter(({ expected, outcome }) => outcome === 'not-run' && expected !== 'not-run')
  const title = (cell: Cell) =>
    `[${attacks.find(({ name }) => name === cell.attack)?.title ?? cell.attack}](#${cell.attack}), on “${targets.find(({ name }) => name === cell.target)?.title ?? cell.target}”`
  const lines = other.map(
    (cell) =>
      `- ${title(cell)}: ${cell.outcome === 'succeeded' ? '**hit** here, safe there' : 'safe here, hit there'}. ${cell.evidence}.`,
  )
  return `## The same in Firefox

${firefox.browser}, \`npm run lab -- --browser firefox\`: ${run.length} cells were measured, and ${run.length - other.length} of them came out as in Chromium.${
    asked.length === 0
      ? ''
      : ` ${asked.length} could not be: they need a profile that is closed and opened again, frames, or a click that is the person’s own.`
  }

${lines.join('\n')}
`
}
