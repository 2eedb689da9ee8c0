// The table that the pattern is usually sold with, cell by cell: what it says, what was measured, and whether the two agree. The judgement
// is computed from the cells, so that it changes when they do.
import type { Cell } from '../attack.ts'
import { attacks } from '../attacks/index.ts'
import type { TargetName } from '../targets/target.ts'
import { ask, isRosy, QUESTIONS, type Measured, type Question } from './questions.ts'

export interface Claim {
  readonly place: string
  readonly target: TargetName
  readonly claims: Readonly<Record<Question, 'yes' | 'no'>>
}

/** The four places, as blogs and answers repeat them, and the pattern itself. */
export const CLAIMS: readonly Claim[] = [
  { place: 'localStorage', target: 'local-storage', claims: { stolen: 'yes', forged: 'no', reload: 'yes' } },
  { place: 'sessionStorage', target: 'session-storage', claims: { stolen: 'yes', forged: 'no', reload: 'yes' } },
  { place: 'httpOnly cookie', target: 'httponly-cookie', claims: { stolen: 'no', forged: 'yes', reload: 'yes' } },
  { place: 'a variable (memory)', target: 'variable', claims: { stolen: 'no', forged: 'no', reload: 'no' } },
  {
    place: 'variable + httpOnly refresh cookie',
    target: 'tutorial',
    claims: { stolen: 'no', forged: 'no', reload: 'yes' },
  },
]

export type Judgement = 'agrees' | 'incomplete' | 'wrong' | 'not measured'

export interface Judged extends Measured {
  readonly place: string
  readonly question: Question
  readonly claim: 'yes' | 'no'
  readonly judgement: Judgement
}

export function judgeUsualTable(cells: readonly Cell[]): readonly Judged[] {
  return CLAIMS.flatMap(({ place, target, claims }) =>
    (Object.keys(QUESTIONS) as Question[]).map((question) => {
      const measured = ask(question, target, cells)
      return {
        place,
        question,
        claim: claims[question],
        judgement: judge(question, claims[question], measured),
        ...measured,
      }
    }),
  )
}

function judge(question: Question, claim: 'yes' | 'no', { answer, around }: Measured): Judgement {
  if (answer === undefined) return 'not measured'
  if (answer !== claim) return 'wrong'
  return isRosy(question, claim) && around.length > 0 ? 'incomplete' : 'agrees'
}

export function usualTable(cells: readonly Cell[]): string {
  const rows = judgeUsualTable(cells).map(
    ({ place, question, claim, judgement, ...measured }) =>
      `| ${place} | ${QUESTIONS[question].title} | ${claim} | ${sentence(measured)} | ${judgement === 'agrees' ? judgement : `**${judgement}**`} |`,
  )
  return ['| Where | Question | The usual answer | Measured | |', '|---|---|---|---|---|', ...rows].join('\n')
}

function sentence({ answer, straight, around }: Measured): string {
  if (answer === undefined) return 'not measured yet'
  const link = (name: string) => `[${attacks.find((attack) => attack.name === name)?.title ?? name}](#${name})`
  const because = straight.length > 0 ? `: ${straight.map(link).join('; ')}` : ''
  const beside = around.length > 0 ? `. Beside the question: ${around.map(link).join('; ')}` : ''
  return `${answer}${because}${beside}`
}
