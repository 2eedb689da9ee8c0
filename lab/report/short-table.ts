// The same in a few lines, for the README: the usual answers where they hold, struck out where they do not, and our own ways below.
import type { Cell } from '../attack.ts'
import { duration } from '../how-long.ts'
import { targets } from '../targets/index.ts'
import { ask, isRosy, QUESTIONS, type Measured, type Question } from './questions.ts'
import { CLAIMS, judgeUsualTable } from './usual-table.ts'

const questions = Object.keys(QUESTIONS) as Question[]
const OURS = /^hallpass/

export function shortTable(cells: readonly Cell[]): string {
  const judged = judgeUsualTable(cells)
  const claimed = CLAIMS.map(({ place, target, claims }) => {
    const own = questions.map((question) => {
      const measured = ask(question, target, cells)
      const wrong = measured.answer !== undefined && measured.answer !== claims[question]
      return `${wrong ? `~~${claims[question]}~~ ` : ''}${say(question, measured, wrong)}`
    })
    return `| ${place} | ${own.join(' | ')} |`
  })
  const ours = targets
    .filter(({ name, missing }) => OURS.test(name) && missing === undefined)
    .map(
      ({ name, title }) =>
        `| ${title} | ${questions.map((question) => say(question, ask(question, name, cells))).join(' | ')} |`,
    )
  const count = (judgement: string) => judged.filter((one) => one.judgement === judgement).length
  return [
    `| | ${questions.map((question) => QUESTIONS[question].title).join(' | ')} |`,
    '|---|---|---|---|',
    ...claimed,
    ...ours,
    '',
    `Of the ${judged.length} usual answers in the first ${CLAIMS.length} rows ${count('agrees')} agree with what was measured, ${count('wrong')} are wrong (struck out) and ${count('incomplete')} incomplete.`,
  ].join('\n')
}

function say(question: Question, { answer, around, seconds }: Measured, strong = false): string {
  if (answer === undefined) return 'not measured yet'
  const but = isRosy(question, answer) && around.length > 0 ? ', but' : ''
  const lasting = seconds === null ? '' : `, for ${duration(seconds)}`
  return `${strong ? `**${answer}**` : answer}${lasting}${but}`
}
