// docs/performance.md: what was measured is written between two marks of the page, and the words around it are kept.
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import type { Document, Row } from './document.ts'
import { installedVersion } from './peers.ts'

const page = new URL('../docs/performance.md', import.meta.url)

/** Writes the section of a question: when, where, on how busy a machine, with what, and its tables. */
export function writeSection(
  name: string,
  { date, machine, node }: Document,
  peers: readonly string[],
  tables: string,
): void {
  const versions = [`Node ${node}`, ...peers.map((peer) => `${peer} ${installedVersion(peer) ?? 'not installed'}`)]
  const load = (loadavg()[1] ?? NaN).toFixed(1)
  const where = `${machine}, under a load of ${load} (an idle machine has 1)`
  const about = `Measured on ${date}: ${where}; ${versions.join(', ')}. Written by \`npm run bench -- ${name} --write\`.`
  const [start, end] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`]
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}`)
  writeFileSync(page, `${text.slice(0, from + start.length)}\n\n${about}\n\n${tables}\n\n${text.slice(to)}`)
}

export const markdownTable = (rows: readonly (readonly string[])[]): string =>
  rows
    .flatMap((row, at) => [row, ...(at === 0 ? [row.map(() => '---')] : [])])
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

/** A ratio and its 95 % interval. */
export function ratioCell({ ratio, interval: [low, high] = [ratio, ratio] }: Pick<Row, 'ratio' | 'interval'>): string {
  return `${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}
