// docs/wire.md lists every problem code with its status and whether it is definitive or passing, and nothing that is not a code.
import { expect, test } from 'vitest'
import { repositoryFiles } from './repository-files.ts'
import { dotted, isNode, nodes, parse } from './syntax.ts'

interface Code {
  readonly status: number
  readonly passing: boolean
}

/** The codes as the server has them: read from its source, because no door hands the table out. */
function codesOfSource(text: string): ReadonlyMap<string, Code> {
  const table = [...nodes(parse('problem.ts', text).body)].find(
    (node) => node.type === 'VariableDeclarator' && dotted(node['id']) === 'problems',
  )
  const codes = new Map<string, Code>()
  for (const [name, value] of members(innerObject(table?.['init']))) {
    const entry = new Map(members(value).map(([key, inner]) => [key, isNode(inner) ? inner['value'] : undefined]))
    codes.set(name, { status: Number(entry.get('status')), passing: entry.get('passing') === true })
  }
  return codes
}

/** The codes as docs/wire.md has them: rows of `| code | status | definitive or passing | … |`. */
function codesOfPage(text: string): ReadonlyMap<string, Code> {
  const rows = [...text.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (definitive|passing) \|/gm)]
  const codes = new Map(
    rows.map(([, name = '', status, kind]) => [name, { status: Number(status), passing: kind === 'passing' }]),
  )
  if (codes.size !== rows.length) throw new Error('docs/wire.md lists a code twice')
  return codes
}

function innerObject(node: unknown): unknown {
  if (!isNode(node)) return undefined
  return node.type === 'ObjectExpression' ? node : innerObject(node['expression'])
}

function members(node: unknown): readonly (readonly [string, unknown])[] {
  const properties = isNode(node) ? node['properties'] : undefined
  return (Array.isArray(properties) ? properties : []).map((property: Record<string, unknown>) => [
    dotted(property['key']),
    property['value'],
  ])
}

const files = repositoryFiles()
const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? ''

test('docs/wire.md and the server list the same codes, with the same statuses and kinds', () => {
  const inSource = codesOfSource(textOf('packages/server/src/http/problem.ts'))
  expect(inSource.size).toBeGreaterThan(20)
  expect(Object.fromEntries(codesOfPage(textOf('docs/wire.md')))).toEqual(Object.fromEntries(inSource))
})

test('a code that one of them lacks, and a status that differs, would be seen', () => {
  const source = codesOfSource(
    "// x\nexport const problems = {\n  busy: { status: 503, title: 'x', passing: true },\n} as const satisfies X\n",
  )
  expect(Object.fromEntries(source)).toEqual({ busy: { status: 503, passing: true } })
  expect(Object.fromEntries(codesOfPage('| `busy` | 503 | passing | x |\n'))).toEqual(Object.fromEntries(source))
  expect(Object.fromEntries(codesOfPage('| `busy` | 500 | passing | x |\n'))).not.toEqual(Object.fromEntries(source))
  expect(Object.fromEntries(codesOfPage('| busy | 503 | passing |\n'))).not.toEqual(Object.fromEntries(source))
})
