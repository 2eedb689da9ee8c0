// The one table: scenarios down, contenders across. `--record` keeps what was measured in results.json, one column for each contender, and
// puts the table of it into docs/clients.md, between its two marks; so a contender can be measured again without the others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Document } from '../document.ts'
import { CONTENDERS } from './contenders.ts'
import { SCENARIOS, type Outcome } from './scenarios.ts'

export interface Column {
  readonly name: string
  readonly version?: string | undefined
  readonly bytes: number
  readonly outcomes: readonly Outcome[]
}

/** What was measured, and where. */
interface Recorded extends Column {
  readonly scenarios: readonly string[]
  readonly measured: string
}

const [BEGIN, END] = ['<!-- the table: npm run bench -- client --record -->', '<!-- the end of the table -->']
const results = new URL('./results.json', import.meta.url)
const page = new URL('../../docs/clients.md', import.meta.url)

/** As markdown. */
export function table(scenarios: readonly string[], columns: readonly Column[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const reasons: string[] = []
  const foot = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason)
    return `– (${reasons.indexOf(reason) + 1})`
  }
  const cell = (outcome: Outcome | undefined): string => (outcome === undefined ? '' : write(outcome, foot))
  const lines = [
    line(['', ...columns.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`))]),
    line(['---', ...columns.map(() => '---')]),
    ...scenarios.map((scenario, index) => line([scenario, ...columns.map(({ outcomes }) => cell(outcomes[index]))])),
    line(['what the page loads, bytes after gzip', ...columns.map(({ bytes }) => bytes.toLocaleString('en'))]),
  ]
  return [...lines, ...(reasons.length > 0 ? [''] : []), ...reasons.map((reason, n) => `(${n + 1}) ${reason}.`)].join(
    '\n',
  )
}

function write(outcome: Outcome, foot: (reason: string) => string): string {
  const { refreshes, failed, requests, signedOut = 0, tabs = 0, away = 0, reloads = 0, leaked, reason } = outcome
  if (reason !== undefined) return foot(reason)
  if (leaked !== undefined) return leaked > 0 ? '**token leaked**' : 'no token'
  if (refreshes === undefined) return signedOut > 0 ? 'signed out' : '**signed in again**'
  const parts = [`${refreshes} ${refreshes === 1 ? 'refresh' : 'refreshes'}`]
  if (failed === undefined) parts.push(`${requests} ${requests === 1 ? 'request' : 'requests'}`)
  else if (failed > 0) parts.push(requests === 1 ? 'failed' : `${failed} of ${requests} failed`)
  if (reloads > 0) parts.push(tabs === 1 ? 'back after a reload' : `${reloads} of ${tabs} back after a reload`)
  if (away > 60_000) parts.push(`back after ${Math.round(away / 60_000)} min`)
  if (signedOut > 0) parts.push(tabs === 1 ? '**signed out**' : `**${signedOut} of ${tabs} signed out**`)
  return parts.join(', ')
}

/** Keeps the columns of a run that had every scenario, and writes the table of all that is kept. */
export function record(columns: readonly Column[], { machine, node, date }: Document): void {
  const scenarios = SCENARIOS.map(({ name }) => name)
  if (columns.some(({ outcomes }) => outcomes.length !== scenarios.length))
    throw new Error('only a run of every scenario is recorded')
  const measured = `${date}, ${machine}, Node ${node}`
  const kept = existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as readonly Recorded[]) : []
  const all = CONTENDERS.flatMap(({ name }): readonly Recorded[] => {
    const column = columns.find((one) => one.name === name)
    if (column !== undefined) return [{ ...column, scenarios, measured }]
    return kept.filter((one) => one.name === name && one.scenarios.join() === scenarios.join())
  })
  writeFileSync(results, `${JSON.stringify(all, undefined, 2)}\n`)

  const before = readFileSync(page, 'utf8')
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)]
  if (from < 0 || to < from) throw new Error('docs/clients.md has lost the marks of its table')
  const days = [...new Set(all.map((one) => one.measured))].join('; ')
  const text = `${table(scenarios, all)}\n\nMeasured in Chromium: ${days}.`
  writeFileSync(page, `${before.slice(0, from)}${BEGIN}\n\n${text}\n\n${before.slice(to)}`)
}
