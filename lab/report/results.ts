// lab/results.json: read, brought up to date cell by cell, and written together with what is made from it: docs/lab.md, and the short
// table in the README.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, type as system } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Cell, Results } from '../attack.ts'
import { attacks } from '../attacks/index.ts'
import { targets } from '../targets/index.ts'
import { writePage } from './page.ts'
import { shortTable } from './short-table.ts'

const file = fileURLToPath(new URL('../results.json', import.meta.url))
const page = fileURLToPath(new URL('../../docs/lab.md', import.meta.url))
const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

export function resultsOf(cells: readonly Cell[], browser: string): Results {
  return {
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${system()} ${release()}`,
    browser: `Chromium ${browser}`,
    date: new Date().toISOString(),
    scale: 'lifetimes are the real ones; the clock of the server under attack is moved by hand',
    cells,
  }
}

/** What is committed; nothing on the first run. */
export function readResults(): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined
}

/** Writes both files; cells that were not measured this time stay as they were, in the order of the table. */
export function writeResults(measured: Results): void {
  const all = [...measured.cells, ...(readResults()?.cells ?? [])]
  const cells = attacks.flatMap(({ name }) =>
    targets.flatMap((target) => all.find((cell) => cell.attack === name && cell.target === target.name) ?? []),
  )
  const results = { ...measured, cells }
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
  writeFileSync(page, writePage(results))
  const front = readFileSync(readme, 'utf8')
  const renewed = front.replace(/(<!-- lab -->\n)[^]*?(\n<!-- \/lab -->)/, `$1${shortTable(cells)}$2`)
  if (renewed !== front) writeFileSync(readme, renewed)
}
