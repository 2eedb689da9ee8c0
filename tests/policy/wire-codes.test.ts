// docs/wire.md lists every problem code with its status and whether it is definitive or passing, and nothing that is not a code.
import { problems } from '@hallpass/server'
import { expect, test } from 'vitest'
import { repositoryFiles } from './repository-files.ts'

interface Code {
  readonly status: number
  readonly passing: boolean
}

/** Rows of `| code | status | definitive or passing | … |`. */
function codesOfPage(text: string): Readonly<Record<string, Code>> {
  const rows = [...text.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (definitive|passing) \|/gm)]
  const codes = rows.map(([, name = '', status, kind]) => [
    name,
    { status: Number(status), passing: kind === 'passing' },
  ])
  if (new Set(codes.map(([name]) => name)).size !== codes.length) throw new Error('docs/wire.md lists a code twice')
  return Object.fromEntries(codes) as Readonly<Record<string, Code>>
}

/** The refusals of a guard, from its source: `refused(401, 'token_required', …)`. */
function codesOfGuard(text: string): readonly string[] {
  return [...text.matchAll(/refused\(\s*(\d{3}),\s*'([a-z_]+)'/g)].map((match) => `${match[1]} ${match[2]}`)
}

const textOf = (path: string) => repositoryFiles().find((file) => file.path === path)?.text ?? ''

test('docs/wire.md and the server list the same codes, with the same statuses and kinds', () => {
  const { revocations_stale: stale, invalid_ticket: ticket, ...listed } = codesOfPage(textOf('docs/wire.md'))
  const known = Object.entries(problems).map(([code, { status, passing }]) => [code, { status, passing }])
  expect(known.length).toBeGreaterThan(20)
  expect(listed).toEqual(Object.fromEntries(known))
  // What only a guard answers.
  expect({ stale, ticket }).toEqual({
    stale: { status: 503, passing: true },
    ticket: { status: 403, passing: false },
  })
})

test('the guard answers with codes of the same list', () => {
  const listed = codesOfPage(textOf('docs/wire.md'))
  const known = codesOfGuard(textOf('packages/guard/src/refused.ts'))
  expect(known.toSorted()).toEqual([
    '401 invalid_dpop_proof',
    '401 invalid_token',
    '401 invalid_token',
    '401 token_required',
    '401 use_dpop_nonce',
    '403 invalid_ticket',
    '503 keys_unavailable',
    '503 replays_unavailable',
    '503 revocations_stale',
  ])
  expect(known.filter((line) => `${listed[line.slice(4)]?.status}` !== line.slice(0, 3))).toEqual([])
})

test('a row that is missing, doubled or says something else is seen', () => {
  const row = '| `busy` | 503 | passing | x |\n'
  expect(codesOfPage(row)).toEqual({ busy: { status: 503, passing: true } })
  expect(codesOfPage('| busy | 503 | passing | x |\n')).toEqual({})
  expect(codesOfPage('| `busy` | 500 | definitive | x |\n')).toEqual({ busy: { status: 500, passing: false } })
  expect(() => codesOfPage(row + row)).toThrow('twice')
})
