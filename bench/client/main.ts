// What becomes of a signed-in person on an ordinary bad day, with each client? The same scenarios for all in Chromium, against the same
// server behind the same fault proxy, counted at the server. Options: --only=keycloak (a part of a contender's name),
// --scenario=night (a part of a scenario's), --record (keeps the columns, and writes the table into docs/clients.md).
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../tests/support/browser.ts'
import { document, type Document, type Row } from '../document.ts'
import { installedVersion } from '../peers.ts'
import { CONTENDERS, type Contender } from './contenders.ts'
import { SCENARIOS, type Outcome, type Scenario } from './scenarios.ts'
import { bundlePage, openVisit } from './stage.ts'
import { record, table, type Column } from './table.ts'

export async function answer(options: readonly string[]): Promise<Document> {
  const option = (name: string): string =>
    options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? ''
  const contenders = CONTENDERS.filter(({ name }) => name.includes(option('only')))
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(option('scenario')))
  const chromium = await launchChromium()
  const columns: Column[] = []
  try {
    for (const contender of contenders) {
      const { script, bytes } = await bundlePage(contender.page)
      const version = contender.peer === undefined ? undefined : installedVersion(contender.peer)
      const outcomes: Outcome[] = []
      for (const scenario of scenarios) {
        outcomes.push(await run(chromium, contender, scenario, script))
        process.stderr.write(`bench: ${contender.name}, ${scenario.name}: ${JSON.stringify(outcomes.at(-1))}\n`)
      }
      columns.push({ name: contender.name, version, bytes, outcomes })
      // At once: the run is long, and what was measured should not be lost with the rest.
      if (options.includes('--record')) record(columns, document('', process.versions.node, []))
    }
  } finally {
    await chromium.close()
  }
  const names = scenarios.map(({ name }) => name)
  return {
    ...document('What becomes of a signed-in person, with each client?', process.versions.node, rows(names, columns)),
    table: table(names, columns),
  }
}

async function run(chromium: Browser, contender: Contender, scenario: Scenario, script: string): Promise<Outcome> {
  const visit = await openVisit(chromium, contender, script, scenario.ahead)
  try {
    return await scenario.run(visit, contender)
  } catch (error) {
    return { reason: error instanceof Error ? error.message.split('\n', 1).join() : String(error) }
  } finally {
    await visit.close()
  }
}

const MEASURES = {
  refreshes: ['refreshes sent', 'requests'],
  failed: ['requests failed', 'requests'],
  signedOut: ['signed out', 'tabs'],
  reloads: ['back after a reload only', 'tabs'],
  leaked: ['tokens leaked', 'requests'],
} as const

/** One row for each thing that was counted. The ratio is to the least of all contenders, or to one where that is none. */
function rows(scenarios: readonly string[], columns: readonly Column[]): readonly Row[] {
  const counted: Omit<Row, 'ratio'>[] = []
  scenarios.forEach((scenario, index) => {
    for (const [measure, [what, unit]] of Object.entries(MEASURES))
      for (const { name, outcomes } of columns) {
        const value = outcomes[index]?.[measure as keyof typeof MEASURES]
        if (value !== undefined) counted.push({ contender: name, case: `${scenario}: ${what}`, value, unit })
      }
  })
  for (const { name, bytes } of columns)
    counted.push({ contender: name, case: 'what the page loads, gzip', value: bytes, unit: 'bytes' })
  return counted.map((row) => {
    const least = Math.min(...counted.filter((other) => other.case === row.case).map(({ value }) => value))
    return { ...row, ratio: row.value / Math.max(1, least) }
  })
}
