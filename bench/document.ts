// What a bench says: one document, as JSON or as a table.
import { cpus } from 'node:os'

/** One contender in one case. */
export interface Row {
  readonly contender: string
  readonly case: string
  /** The median. */
  readonly value: number
  readonly unit: string
  /** Against what the case says is the floor; the median of the rounds' ratios. */
  readonly ratio: number
  /** The same by the clock on the wall. */
  readonly wall?: number
  /** The 95 % interval of the ratio, from the rounds. */
  readonly interval?: readonly [number, number]
}

export interface Document {
  readonly question: string
  readonly machine: string
  readonly node: string
  readonly date: string
  readonly rows: readonly Row[]
  /** How a person reads the rows, where one table a case would not do; no part of the JSON. */
  readonly table?: string
}

/** Makes the document of a question, on this machine, today. */
export function document(question: string, node: string, rows: readonly Row[]): Document {
  const cores = cpus()
  const machine = `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown processor'}, ${process.platform} ${process.arch}`
  return { question, machine, node, date: new Date().toISOString().slice(0, 10), rows }
}

/** Prints it: JSON and nothing else, or one table a case. */
export function print(document: Document, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...document, table: undefined })}\n`)
    return
  }
  process.stdout.write(`${document.question}\n${document.machine}; Node ${document.node}; ${document.date}\n`)
  if (document.table !== undefined) {
    process.stdout.write(`\n${document.table}\n`)
    return
  }
  for (const name of new Set(document.rows.map((row) => row.case))) {
    process.stdout.write(`\n${name}\n`)
    for (const row of document.rows.filter((row) => row.case === name)) {
      const [low, high] = row.interval ?? [row.ratio, row.ratio]
      const wall = row.wall === undefined ? '' : `  wall ${row.wall.toFixed(2)}`
      process.stdout.write(
        `  ${row.contender.padEnd(34)}${row.value.toFixed(2).padStart(10)} ${row.unit}` +
          `  × ${row.ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})${wall}\n`,
      )
    }
  }
}
