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

const file = (browser: LabBrowser) =>
  fileURLToPath(new URL(browser === 'firefox' ? '../results-firefox.json' : '../results.json', import.meta.url))
const page = fileURLToPath(new URL('../../docs/lab.md', import.meta.url))
const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

export type LabBrowser = 'chromium' | 'firefox'

export function resultsOf(cells: readonly Cell[], browser: string): Results {
  return {
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${system()} ${release()}`,
    browser,
    date: new Date().toISOString(),
    scale: 'lifetimes are the real ones; the clock of the server under attack is moved by hand',
    cells,
  }
}

/** What is committed; nothing on the first run. */
export function readResults(browser: LabBrowser = 'chromium'): Results | undefined {
  return existsSync(file(browser)) ? (JSON.parse(readFileSync(file(browser), 'utf8')) as Results) : undefined
}

/** Writes the results and what is made of them; cells that were not measured this time stay as they were, in the order of the table. */
export function writeResults(measured: Results, browser: LabBrowser = 'chromium'): void {
  const all = [...measured.cells, ...(readResults(browser)?.cells ?? [])]
  const cells = attacks.flatMap(({ name }) =>
    targets.flatMap((target) => all.find((cell) => cell.attack === name && cell.target === target.name) ?? []),
  )
  writeFileSync(file(browser), `${JSON.stringify({ ...measured, cells }, undefined, 2)}\n`)
  const results = readResults()
  if (results === undefined) return
  writeFileSync(page, writePage(results, readResults('firefox')))
  const front = readFileSync(readme, 'utf8')
  const renewed = front.replace(/(<!-- lab -->\n)[^]*?(\n<!-- \/lab -->)/, `$1${shortTable(results.cells)}$2`)
  if (renewed !== front) writeFileSync(readme, renewed)
}
