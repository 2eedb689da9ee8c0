// The table that the pattern is usually sold with, cell by cell: what it says, what was measured, and whether the two agree. The judgement
// is computed from the cells, so that it changes when they do.
import type { Cell } from '../attack.ts'
import { attacks } from '../attacks/index.ts'
import type { TargetName } from '../targets/target.ts'

type Question = 'stolen' | 'forged' | 'reload'

const QUESTIONS: Readonly<
  Record<
    Question,
    {
      readonly title: string
      readonly direct: readonly string[]
      readonly beside: readonly string[]
      readonly hitMeans: string
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
    ],
    beside: ['ride', 'cookie-overwrite'],
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

interface Claim {
  readonly place: string
  readonly target: TargetName
  readonly claims: Readonly<Record<Question, 'yes' | 'no'>>
}

/** The four places, as blogs and answers repeat them, and the pattern itself. */
const CLAIMS: readonly Claim[] = [
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

export interface Judged {
  readonly place: string
  readonly question: string
  readonly claim: 'yes' | 'no'
  readonly judgement: 'agrees' | 'incomplete' | 'wrong' | 'not measured'
  readonly measured: string
}

export function judgeUsualTable(cells: readonly Cell[]): readonly Judged[] {
  return CLAIMS.flatMap(({ place, target, claims }) =>
    (Object.keys(QUESTIONS) as Question[]).map((question) => {
      const { title, direct, beside, hitMeans } = QUESTIONS[question]
      const hits = (names: readonly string[]) =>
        names.filter((name) =>
          cells.some((cell) => cell.target === target && cell.attack === name && cell.outcome === 'succeeded'),
        )
      // What was not measured is said, not guessed: no hit among cells that are not there is no answer.
      const measured = (name: string) =>
        cells.some(
          (cell) =>
            cell.target === target &&
            cell.attack === name &&
            (cell.outcome !== 'not-run' || cell.expected === 'not-run'),
        )
      if (!direct.every(measured)) {
        return {
          place,
          question: title,
          claim: claims[question],
          judgement: 'not measured',
          measured: 'not measured yet',
        }
      }
      const [straight, around] = [hits(direct), hits(beside)]
      const answer = straight.length > 0 ? hitMeans : hitMeans === 'yes' ? 'no' : 'yes'
      const rosy = claims[question] !== hitMeans
      return {
        place,
        question: title,
        claim: claims[question],
        judgement: answer !== claims[question] ? 'wrong' : rosy && around.length > 0 ? 'incomplete' : 'agrees',
        measured: sentence(answer, straight, around),
      }
    }),
  )
}

function sentence(answer: string, straight: readonly string[], around: readonly string[]): string {
  const link = (name: string) => `[${attacks.find((attack) => attack.name === name)?.title ?? name}](#${name})`
  const because = straight.length > 0 ? `: ${straight.map(link).join('; ')}` : ''
  const beside = around.length > 0 ? `. Beside the question: ${around.map(link).join('; ')}` : ''
  return `${answer}${because}${beside}`
}

export function usualTable(cells: readonly Cell[]): string {
  const rows = judgeUsualTable(cells).map(
    ({ place, question, claim, judgement, measured }) =>
      `| ${place} | ${question} | ${claim} | ${measured} | ${judgement === 'agrees' ? judgement : `**${judgement}**`} |`,
  )
  return ['| Where | Question | The usual answer | Measured | |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** The same in five lines, for the README: what is usually said, and what was measured where the two differ. */
export function shortTable(cells: readonly Cell[]): string {
  const judged = judgeUsualTable(cells)
  const cell = ({ claim, judgement }: Judged): string =>
    judgement === 'wrong'
      ? `${claim} → **${claim === 'yes' ? 'no' : 'yes'}**`
      : judgement === 'incomplete'
        ? `${claim}, but`
        : judgement === 'not measured'
          ? `${claim} (not measured yet)`
          : claim
  const rows = CLAIMS.map(({ place }) => {
    const own = judged.filter((one) => one.place === place)
    return `| ${place} | ${own.map(cell).join(' | ')} |`
  })
  const titles = Object.values(QUESTIONS).map(({ title }) => title)
  return [`| | ${titles.join(' | ')} |`, '|---|---|---|---|', ...rows].join('\n')
}
