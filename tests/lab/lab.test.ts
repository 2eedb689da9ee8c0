// The lab's fast part: every attack works on its control, in a real browser, and no cell of Hallpass as it comes is worse than the
// committed result.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { attacks } from '../../lab/attacks/index.ts'
import type { Cell } from '../../lab/attack.ts'
import { complaints, regressions } from '../../lab/judge.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const committed = JSON.parse(readFileSync(`${root}/lab/results.json`, 'utf8')) as { cells: readonly Cell[] }
let cells: readonly Cell[] = []

beforeAll(async () => {
  const lab = spawn(process.execPath, ['-C', '@hallpass/source', 'lab/main.ts', '--fast', '--json'], { cwd: root })
  let [out, said] = ['', '']
  lab.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  lab.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(lab, 'close')
  if (out === '') throw new Error(`the lab printed no results:\n${said}`)
  cells = (JSON.parse(out) as { cells: readonly Cell[] }).cells
}, 900_000)

describe.each(attacks)('$name', (attack) => {
  const own = () => cells.filter((cell) => cell.attack === attack.name)

  test('works on its control', () => {
    const control = own().find(({ target }) => target === attack.control)
    expect(control).toMatchObject({ outcome: 'succeeded' })
  })

  test('does to Hallpass what its file says, and nothing worse than before', () => {
    const ours = own().filter(({ target }) => target === 'hallpass')
    expect(ours).toHaveLength(1)
    expect(complaints(ours, [])).toEqual([])
    expect(regressions(ours, committed.cells)).toEqual([])
  })
})
