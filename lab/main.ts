// `npm run lab`: every attack against every target in a real browser, with a line for each cell as it ends; then the table.
import { writeFileSync } from 'node:fs'
import { cpus, release, type as system } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Attack } from './attack.ts'
import { parseArguments } from './arguments.ts'
import { attacks } from './attacks/index.ts'
import { complaints } from './judge.ts'
import { writePage } from './report/page.ts'
import { runCells } from './run.ts'
import { serve } from './serve/serve.ts'
import type { Target } from './targets/target.ts'
import { targets } from './targets/index.ts'

const options = parseArguments(process.argv.slice(2))
if (options.serve) await serve()
else await run()

async function run(): Promise<void> {
  const some = <Named extends { readonly name: string }>(all: readonly Named[], names: readonly string[] | undefined) =>
    names === undefined ? all : all.filter(({ name }) => names.includes(name))
  const chosen = { attacks: some(attacks, options.only), targets: some(targets, options.target) }
  const wanted = (target: Target, attack: Attack) =>
    !options.fast || target.name === attack.control || target.name === 'hallpass'
  const whole = options.only === undefined && options.target === undefined && !options.fast
  const say = (line: string) => process.stderr.write(`${line}\n`)
  if (options.browser !== 'chromium') {
    say('the lab speaks to Chromium only: no part of it has been made to work in another browser yet')
    process.exitCode = 2
    return
  }

  const total = chosen.attacks.flatMap((attack) => chosen.targets.filter((target) => wanted(target, attack))).length
  const begun = performance.now()
  let done = 0
  const { cells, browser } = await runCells({
    ...chosen,
    wanted,
    lanes: options.lanes,
    onCell({ target, attack, outcome, expected, evidence }, milliseconds) {
      const mark = outcome === expected ? ' ' : '!'
      const count = `${String(++done).padStart(String(total).length)}/${total}`
      say(`${count} ${mark} ${attack} on ${target}: ${outcome}. ${evidence} (${(milliseconds / 1000).toFixed(1)} s)`)
    },
  })

  const results = {
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${system()} ${release()}`,
    browser: `Chromium ${browser}`,
    date: new Date().toISOString(),
    scale: 'lifetimes are the real ones; the clock of the server under attack is moved by hand',
    cells,
  }
  const wrong = complaints(cells, chosen.attacks)
  if (options.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
  if (whole) {
    const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
    writeFileSync(file('results.json'), `${JSON.stringify(results, undefined, 2)}\n`)
    writeFileSync(file('../docs/lab.md'), writePage(results))
    say('written: lab/results.json, docs/lab.md')
  }
  const count = (outcome: string) => cells.filter((cell) => cell.outcome === outcome).length
  say(
    `${cells.length} cells in ${Math.round((performance.now() - begun) / 1000)} s: ${count('succeeded')} succeeded, ${count('stopped')} stopped, ${count('not-run')} not run`,
  )
  for (const sentence of wrong) say(`! ${sentence}`)
  if (wrong.length > 0) process.exitCode = 1
}
