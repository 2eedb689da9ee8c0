// What makes a run of the lab fail: a cell that got worse, a surprise, an attack that works nowhere; and an answer that nobody measured.
import { expect, test } from 'vitest'
import type { Cell } from '../../lab/attack.ts'
import { attacks } from '../../lab/attacks/index.ts'
import { complaints, regressions } from '../../lab/judge.ts'
import { judgeUsualTable } from '../../lab/report/usual-table.ts'

test('a cell that got worse is noticed, and so is an attack that works nowhere', () => {
  const cell: Cell = {
    target: 'hallpass',
    attack: 'x',
    outcome: 'stopped',
    expected: 'stopped',
    evidence: '',
    seconds: null,
    commit: '',
    date: '',
  }
  const hit = (seconds: number): Cell => ({ ...cell, outcome: 'succeeded', seconds })
  expect(regressions([hit(900)], [cell])).toHaveLength(1)
  expect(regressions([{ ...cell, outcome: 'not-run' }], [cell])).toHaveLength(1)
  expect(regressions([hit(3600)], [hit(900)])).toHaveLength(1)
  expect(regressions([hit(900)], [hit(900)])).toEqual([])
  const [attack] = attacks
  if (attack === undefined) throw new Error('there are attacks')
  expect(complaints([{ ...cell, attack: attack.name, target: attack.control }], [attack])).toHaveLength(1)
  expect(complaints([hit(900)], [])).toHaveLength(1)
})

test('the usual table answers nothing that was not measured', () => {
  const answers = judgeUsualTable([]).map(({ judgement }) => judgement)
  expect(new Set(answers)).toEqual(new Set(['not measured']))
  const reload: Cell = {
    target: 'variable',
    attack: 'reload',
    outcome: 'succeeded',
    expected: 'succeeded',
    evidence: '',
    seconds: null,
    commit: '',
    date: '',
  }
  const survives = judgeUsualTable([reload]).filter(({ judgement }) => judgement !== 'not measured')
  expect(survives).toMatchObject([{ place: 'a variable (memory)', claim: 'no', judgement: 'agrees' }])
})
