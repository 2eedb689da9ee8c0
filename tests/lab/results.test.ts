// What is committed of the lab holds together: every cell was measured or says why not, every attack came through on its control, nothing came
// out otherwise than its file says, and the pages say what the results say.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { attacks } from '../../lab/attacks/index.ts'
import { complaints } from '../../lab/judge.ts'
import { writePage } from '../../lab/report/page.ts'
import { readResults } from '../../lab/report/results.ts'
import { shortTable } from '../../lab/report/short-table.ts'
import { targets } from '../../lab/targets/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const results = readResults()
const cells = results?.cells ?? []

test('every cell was measured, or says why there is nothing to measure', () => {
  const unsaid = attacks.flatMap((attack) =>
    targets.flatMap((target) => {
      const cell = cells.find((one) => one.attack === attack.name && one.target === target.name)
      const reason = target.missing ?? attack.inapplicable?.(target)
      const said = reason === undefined ? cell !== undefined && cell.outcome !== 'not-run' : cell?.evidence === reason
      return said ? [] : [`${attack.name} on ${target.name}`]
    }),
  )
  expect(unsaid).toEqual([])
})

test('every attack came through on its control', () => {
  const idle = attacks.filter(
    ({ name, control }) =>
      !cells.some((cell) => cell.attack === name && cell.target === control && cell.outcome === 'succeeded'),
  )
  expect(idle.map(({ name }) => name)).toEqual([])
})

test('nothing came out otherwise than its file says', () => {
  expect(complaints(cells, attacks)).toEqual([])
})

test('the pages are those that the results make', () => {
  if (results === undefined) throw new Error('there are no results')
  expect(readFileSync(`${root}docs/lab.md`, 'utf8')).toBe(writePage(results, readResults('firefox')))
  expect(readFileSync(`${root}README.md`, 'utf8')).toContain(shortTable(cells))
})
