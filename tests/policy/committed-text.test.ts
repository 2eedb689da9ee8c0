// No committed file holds a path of somebody's machine, a secret or a token; the check is shown each of them.
import { expect, test } from 'vitest'
import { foreignText } from './committed-text.ts'
import { repositoryFiles } from './repository-files.ts'

test('the repository holds nothing that belongs to one machine or one person', () => {
  expect(repositoryFiles().flatMap(foreignText)).toEqual([])
})

const slash = '/'
test.each([
  ['a checkout', `const root = '${slash}work/main/packages'`],
  ['a temporary folder', `cd ${slash}tmp/hallpass-x1`],
  ['a home', `open ${slash}home/somebody/.ssh`],
  ['a secret of ours', `HALLPASS_SECRET=hps1_${'a'.repeat(43)}abcd`],
  ['a private key', `-----BEGIN EC PRIVATE KEY${'-'.repeat(5)}`],
  ['a credential', `AKIA${'A'.repeat(16)}`],
  ['a database password', 'postgres://auth:hunter2@db.example.com/auth'],
  ['a token', `Authorization: Bearer eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(40)}`],
])('%s is found', (_, line) => {
  expect(foreignText({ path: 'docs/a.md', text: `one\n${line}\n` })).toHaveLength(1)
})

test('addresses, relative paths and placeholders are not', () => {
  const text = "curl http://localhost:3000/work/list\nimport '../tmp/a.ts'\npostgres://hallpass:password@db.example/x\n"
  expect(foreignText({ path: 'docs/a.md', text })).toEqual([])
})
