// The three questions that are asked of every place to keep a token, and what the cells of a target answer to them: straight, and beside
// the question.
import type { Cell } from '../attack.ts'
import type { TargetName } from '../targets/target.ts'

export type Question = 'stolen' | 'forged' | 'reload'

export const QUESTIONS: Readonly<
  Record<
    Question,
    {
      readonly title: string
      readonly direct: readonly string[]
      readonly beside: readonly string[]
      readonly hitMeans: 'yes' | 'no'
    }
  >
> = {
  stolen: {
    title: 'Can XSS steal it?',
    direct: [
      'storage-read',
      'cookie-read',
      'refresh-call',
      'patch-fetch',
      'patch-xhr',
      'patch-json',
      'patch-then',
      'early-hook',
      'early-key',
      'proof-ahead',
    ],
    beside: ['ride', 'worker-copy', 'key-handle', 'cookie-overwrite'],
    hitMeans: 'yes',
  },
  forged: {
    title: 'Is there a CSRF risk?',
    direct: ['form-post', 'form-sandboxed', 'link-get'],
    beside: ['image-get', 'sibling-fetch', 'login-csrf', 'forced-sign-out', 'cookie-plant', 'cookie-toss', 'clickjack'],
    hitMeans: 'yes',
  },
  reload: {
    title: 'Does it survive a reload?',
    direct: ['reload'],
    beside: ['second-tab', 'reopen', 'crash'],
    hitMeans: 'no',
  },
}

export interface Measured {
  /** Undefined where a cell that decides has not been measured: no hit among cells that are not there is no answer. */
  readonly answer: 'yes' | 'no' | undefined
  /** The attacks that decide the answer and succeeded, and those beside the question. */
  readonly straight: readonly string[]
  readonly around: readonly string[]
  /** How long the worst of the former lasted, in seconds; null where nothing lasts. */
  readonly seconds: number | null
}

export function ask(question: Question, target: TargetName, cells: readonly Cell[]): Measured {
  const { direct, beside, hitMeans } = QUESTIONS[question]
  const cellOf = (name: string) => cells.find((cell) => cell.target === target && cell.attack === name)
  const hits = (names: readonly string[]) => names.filter((name) => cellOf(name)?.outcome === 'succeeded')
  const isMeasured = (name: string): boolean => {
    const cell = cellOf(name)
    return cell !== undefined && (cell.outcome !== 'not-run' || cell.expected === 'not-run')
  }
  const isRun = direct.some((name) => cellOf(name)?.outcome !== 'not-run')
  const [straight, around] = [hits(direct), hits(beside)]
  const lasting = straight.flatMap((name) => cellOf(name)?.seconds ?? [])
  const answer = straight.length > 0 ? hitMeans : hitMeans === 'yes' ? 'no' : 'yes'
  return {
    answer: isRun && direct.every(isMeasured) ? answer : undefined,
    straight,
    around,
    seconds: lasting.length > 0 ? Math.max(...lasting) : null,
  }
}

/** Whether that answer is the one people like to hear. */
export const isRosy = (question: Question, answer: 'yes' | 'no'): boolean => answer !== QUESTIONS[question].hitMeans
