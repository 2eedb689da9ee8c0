// docs/lab.md, written from the results: the table, then a short text for each row, for somebody who is new to all this.
import { groups, type Attack, type Cell, type Group, type Results } from '../attack.ts'
import { attacks } from '../attacks/index.ts'
import { targets } from '../targets/index.ts'
import { firefoxSection } from './firefox.ts'
import { usualTable } from './usual-table.ts'
import { duration } from '../how-long.ts'

const FACE = { stopped: 'safe', succeeded: '**hit**', 'not-run': '–' } as const

export function writePage(results: Results, firefox?: Results): string {
  const { cells } = results
  const cellOf = (attack: string, target: string) =>
    cells.find((cell) => cell.attack === attack && cell.target === target)
  const face = (cell: Cell | undefined): string => {
    if (cell === undefined) return ''
    const lasting = cell.outcome === 'succeeded' && cell.seconds !== null ? `<br>${duration(cell.seconds)}` : ''
    return `${FACE[cell.outcome]}${lasting}`
  }
  const table = (group: Group): string => {
    const rows = attacks.filter((attack) => attack.group === group)
    const line = (columns: readonly string[]) => `| ${columns.join(' | ')} |`
    return [
      line(['', ...targets.map(({ title }) => title)]),
      line(['---', ...targets.map(() => ':-:')]),
      ...rows.map(({ name, title }) =>
        line([`[${title}](#${name})`, ...targets.map((target) => face(cellOf(name, target.name)))]),
      ),
    ].join('\n')
  }
  const row = (attack: Attack): string => {
    const own = cells.filter((cell) => cell.attack === attack.name)
    const list = own.map(({ target, outcome, expected, evidence }) => {
      const title = targets.find(({ name }) => name === target)?.title ?? target
      const surprise = outcome === expected ? '' : ` (expected: ${expected})`
      return `- ${title}: ${FACE[outcome]}${surprise}. ${evidence[0]?.toUpperCase()}${evidence.slice(1)}.`
    })
    return `### <a id="${attack.name}"></a>${attack.title}\n\n${attack.what}\n\n*Why it works where it works:* ${attack.why}\n\n*What stops it:* ${attack.stops}\n\n${list.join('\n')}\n`
  }
  const sections = Object.entries(groups).map(([group, title]) => {
    const rows = attacks.filter((attack) => attack.group === group)
    return `## ${title}\n\n${table(group as Group)}\n\n${rows.map(row).join('\n')}`
  })
  return `# The lab: where to keep a token, measured

Real attacks in a real browser, against each way of keeping people signed in. Nothing here is an opinion: a cell says **hit** when a process outside the
browser, which had only what left it, was let in by the server, or when the server itself counted what should not have happened. Under it
stands how long what was gained went on working. "safe" means that this attack, done this way, was stopped; it does not mean that no other would work. A dash
means that there is nothing to attack, or that it could not be run; the text below says which. An empty cell has not been measured yet.

This file is written by \`npm run lab\`. Do not edit it.

- Browser: ${results.browser}
- Machine: ${results.machine}
- Date: ${results.date}
- Time: ${results.scale}

## The ways

${targets.map(({ title, about }) => `- **${title}.** ${about}`).join('\n')}

## The usual table, cell by cell

The pattern is usually sold with a small table: where the token is kept, and three questions. Here are its answers beside what was measured. "incomplete"
means that the answer holds for the question as asked, and that something beside the question did harm all the same.

${usualTable(cells)}

${sections.join('\n')}
${firefox === undefined ? '' : `${firefoxSection(cells, firefox)}\n`}## How it is measured

Each cell starts a fresh server, a fresh browser and an attacker with empty hands. The pages are served over TLS under their real names (\`app.test\`, its
sibling \`blog.app.test\`, and \`evil.test\`), with certificates that the browser trusts; nothing is switched off in it. The little application has a guest book
whose author forgot to escape: that is how injected scripts come in. It loads one dependency: that is how early scripts come in. The attacker is a process of its own.
Every attack succeeds on at least one way, or the run fails: an attack that works nowhere shows nothing.
`
}
