// Runs cells on several lanes at once, each with a browser and an attacker of its own, and tells of each as it ends.
import { expectedOf, type Attack, type Cell } from './attack.ts'
import { openLane, type Lane } from './lane.ts'
import type { Target } from './targets/target.ts'

export interface Finished {
  readonly cells: readonly Cell[]
  readonly browser: string
}

export interface RunOptions {
  readonly attacks: readonly Attack[]
  readonly targets: readonly Target[]
  /** Which of the pairs to run; all when left out. */
  readonly wanted?: (target: Target, attack: Attack) => boolean
  readonly lanes: number
  /** In place of Chromium. */
  readonly firefox: boolean
  readonly onCell: (cell: Cell, milliseconds: number, browser: string) => void
}

/** The cells come back in the order of the table, attack by attack. */
export async function runCells({ attacks, targets, wanted, lanes, firefox, onCell }: RunOptions): Promise<Finished> {
  const pairs = attacks
    .flatMap((attack) => targets.map((target) => ({ attack, target })))
    .filter(({ attack, target }) => wanted?.(target, attack) ?? true)
  const cells: Cell[] = []
  let next = 0
  let browser = ''

  const work = async (): Promise<void> => {
    const lane = await openLane(firefox)
    browser = `${firefox ? 'Firefox' : 'Chromium'} ${lane.browserVersion}`
    try {
      while (next < pairs.length) {
        const at = next++
        const pair = pairs[at]
        if (pair === undefined) return
        const begun = performance.now()
        const cell = await runCell(lane, pair.target, pair.attack)
        cells[at] = cell
        onCell(cell, performance.now() - begun, browser)
      }
    } finally {
      await lane.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, pairs.length) }, work))
  return { cells, browser }
}

/**
 * What breaks in a cell is told as not run, never guessed: a second try, then the reason. An attack that did not come through where it is
 * expected to is tried again as well, as attackers do; one that came through is never given a second chance not to.
 */
async function runCell(lane: Lane, target: Target, attack: Attack): Promise<Cell> {
  try {
    const cell = await lane.run(target, attack)
    return cell.outcome === 'stopped' && cell.expected === 'succeeded' ? await lane.run(target, attack) : cell
  } catch {
    try {
      return await lane.run(target, attack)
    } catch (error) {
      const [reason = ''] = String(error).split('\n')
      const expected = expectedOf(attack, target)
      const evidence = `the lab itself broke here: ${reason.slice(0, 160)}`
      return {
        target: target.name,
        attack: attack.name,
        outcome: 'not-run',
        expected,
        evidence,
        seconds: null,
        commit: '',
        date: new Date().toISOString(),
      }
    }
  }
}
