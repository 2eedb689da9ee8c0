// What is wrong with a run as a whole: cells that came out otherwise than expected, and attacks that succeeded nowhere.
import type { Attack, Cell } from './attack.ts'

/** Sentences; none when all is as the attack files say. */
export function complaints(cells: readonly Cell[], attacks: readonly Attack[]): readonly string[] {
  const surprises = cells
    .filter(({ outcome, expected }) => outcome !== expected)
    .map(
      ({ target, attack, outcome, expected, evidence }) =>
        `${target} / ${attack}: expected ${expected}, was ${outcome} (${evidence})`,
    )
  const broken = attacks
    .filter(({ name, control }) => cells.some(({ attack, target }) => attack === name && target === control))
    .filter(({ name }) => !cells.some(({ attack, outcome }) => attack === name && outcome === 'succeeded'))
    .map(({ name, control }) => `${name} succeeded nowhere, not even on its control ${control}: a broken test`)
  return [...surprises, ...broken]
}

const BAD = { stopped: 0, 'not-run': 1, succeeded: 2 } as const

/** Sentences about cells that are worse than before: an attack that was stopped succeeds, or does more lasting damage. */
export function regressions(now: readonly Cell[], before: readonly Cell[]): readonly string[] {
  return now.flatMap((cell) => {
    const old = before.find(({ target, attack }) => target === cell.target && attack === cell.attack)
    if (old === undefined) return []
    const name = `${cell.target} / ${cell.attack}`
    if (BAD[cell.outcome] > BAD[old.outcome])
      return [`${name}: was ${old.outcome}, is ${cell.outcome} (${cell.evidence})`]
    if (cell.outcome === 'succeeded' && old.outcome === 'succeeded' && (cell.seconds ?? 0) > (old.seconds ?? 0) + 60)
      return [`${name}: the damage lasted ${old.seconds} s, now ${cell.seconds} s`]
    return []
  })
}
