// `npm run lab`: every attack against every target in a real browser, with a line for each cell as it ends; then the table.
import { existsSync, statfsSync } from 'node:fs'
import { parseArguments, type LabArguments } from './arguments.ts'
import type { Attack, Cell } from './attack.ts'
import { attacks } from './attacks/index.ts'
import { isChecked, isFast } from './fast.ts'
import { complaints } from './judge.ts'
import { readResults, resultsOf, writeResults } from './report/results.ts'
import { runCells } from './run.ts'
import { serve } from './serve/serve.ts'
import type { Target } from './targets/target.ts'
import { besides, targets } from './targets/index.ts'

// Playwright closes its browsers on this signal and lets the program go on; ours ends.
process.once('SIGTERM', () => process.exit(143))

// Dozens of browser profiles and databases that nobody keeps: in memory, where the machine has room for them there.
if (existsSync('/dev/shm') && statfsSync('/dev/shm').bavail * statfsSync('/dev/shm').bsize > 2 ** 30)
  process.env['TMPDIR'] ??= '/dev/shm'

const options = parseArguments(process.argv.slice(2))
if (options.serve) await serve()
else process.exitCode = await run(options)

/** Answers the exit code: 1 when a cell came out otherwise than its attack's file says, or an attack worked nowhere. */
async function run(options: LabArguments): Promise<number> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  if (!['chromium', 'firefox'].includes(options.browser)) {
    say('the lab speaks to Chromium, and in part to Firefox')
    return 2
  }
  const firefox = options.browser === 'firefox'
  const kind = firefox ? 'firefox' : 'chromium'
  const some = <Named extends { readonly name: string }>(all: readonly Named[], names: readonly string[] | undefined) =>
    names === undefined ? all : all.filter(({ name }) => names.includes(name))
  const chosen = {
    attacks: some(attacks, options.only),
    targets: options.target === undefined ? targets : some([...targets, ...besides], options.target),
  }
  const known = options.missing ? (readResults(kind)?.cells ?? []) : []
  const isKnown = (target: Target, attack: Attack): boolean => {
    const cell = known.find((one) => one.target === target.name && one.attack === attack.name)
    const canRun = (target.missing ?? attack.inapplicable?.(target)) === undefined
    return (
      cell !== undefined &&
      (canRun ? (firefox || cell.outcome === cell.expected) && cell.outcome !== 'not-run' : cell.outcome === 'not-run')
    )
  }
  const wanted = (target: Target, attack: Attack) =>
    (!options.fast || isFast(target, attack)) &&
    (!options.check || isChecked(target, attack)) &&
    !isKnown(target, attack)
  const whole = options.only === undefined && options.target === undefined && !options.fast && !options.check
  const total = chosen.attacks.flatMap((attack) => chosen.targets.filter((target) => wanted(target, attack))).length
  const measured = readResults(kind)
  if (total === 0 && options.missing && measured !== undefined) {
    writeResults(measured, kind)
    say('nothing is missing; the pages were written anew')
    return 0
  }
  if (total === 0) {
    say(
      `nothing to run; attacks: ${attacks.map(({ name }) => name).join(' ')}; targets: ${targets.map(({ name }) => name).join(' ')}`,
    )
    return 2
  }

  const begun = performance.now()
  const done: Cell[] = []
  const { cells, browser } = await runCells({
    ...chosen,
    wanted,
    lanes: options.lanes,
    firefox,
    onCell(cell, milliseconds, browser) {
      done.push(cell)
      const { target, attack, outcome, expected, evidence } = cell
      const mark = outcome === expected ? ' ' : '!'
      const count = `${String(done.length).padStart(String(total).length)}/${total}`
      say(`${count} ${mark} ${attack} on ${target}: ${outcome}. ${evidence} (${(milliseconds / 1000).toFixed(1)} s)`)
      // Written as they come: what was measured is not lost when the run is stopped.
      if (whole || options.merge || options.missing) writeResults(resultsOf(done, browser), kind)
    },
  })

  if (options.json) process.stdout.write(`${JSON.stringify(resultsOf(cells, browser), undefined, 2)}\n`)
  // What the attacks say of themselves, they say of Chromium.
  const wrong = firefox ? [] : complaints(cells, chosen.attacks)
  const count = (outcome: string) => cells.filter((cell) => cell.outcome === outcome).length
  const seconds = Math.round((performance.now() - begun) / 1000)
  say(
    `${cells.length} cells in ${seconds} s: ${count('succeeded')} succeeded, ${count('stopped')} stopped, ${count('not-run')} not run`,
  )
  for (const sentence of wrong) say(`! ${sentence}`)
  return wrong.length > 0 ? 1 : 0
}
