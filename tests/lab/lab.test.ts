// The lab in a real browser, in part: what Hallpass as it comes stops is still stopped, and no cell of it is worse than the committed result.
// With HALLPASS_LAB=all every attack is tried, on Hallpass and, where it is stopped there, on its control.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { attacks } from '../../lab/attacks/index.ts'
import type { Cell } from '../../lab/attack.ts'
import { isChecked, isFast } from '../../lab/fast.ts'
import { complaints, regressions } from '../../lab/judge.ts'
import { readResults } from '../../lab/report/results.ts'
import { targets } from '../../lab/targets/index.ts'

const all = process.env['HALLPASS_LAB'] === 'all'
const root = fileURLToPath(new URL('../..', import.meta.url))
const committed = readResults()?.cells ?? []
let cells: readonly Cell[] = []

beforeAll(async () => {
  const lab = spawn(
    process.execPath,
    ['-C', '@hallpass/source', 'lab/main.ts', all ? '--fast' : '--check', '--json', '--lanes', '3'],
    { cwd: root },
  )
  let [out, said] = ['', '']
  lab.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  lab.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(lab, 'close')
  if (out === '') throw new Error(`the lab printed no results:\n${said}`)
  cells = (JSON.parse(out) as { cells: readonly Cell[] }).cells
}, 900_000)

const chosen = attacks.flatMap((attack) =>
  targets
    .filter((target) => (all ? isFast(target, attack) : isChecked(target, attack)))
    .map((target) => ({ attack: attack.name, target: target.name })),
)

describe.each(chosen)('$attack on $target', ({ attack, target }) => {
  test('comes out as its file says, and no worse than before', () => {
    const own = cells.filter((cell) => cell.attack === attack && cell.target === target)
    expect(own).toHaveLength(1)
    expect(complaints(own, [])).toEqual([])
    expect(regressions(own, committed)).toEqual([])
  })
})
