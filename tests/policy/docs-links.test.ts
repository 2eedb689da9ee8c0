// Every link of README, CONTRIBUTING, SECURITY and docs/ leads somewhere.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokenLinks } from './docs-links.ts'
import { repositoryFiles, root } from './repository-files.ts'

const files = repositoryFiles()

test('every link of the documentation resolves', () => {
  expect(brokenLinks(files, (path) => existsSync(join(root, path)))).toEqual([])
})

test('the pages a reader starts from are there, and each page of docs/ can be reached from them', () => {
  const pages = new Map(files.filter(({ path }) => path.endsWith('.md')).map(({ path, text }) => [path, text]))
  for (const page of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/README.md'])
    expect([...pages.keys()]).toContain(page)
  const linked = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\]\(([^)#\s]+)/g)].map((match) => join(page, '..', match[1] ?? '')),
  )
  const lonely = [...pages.keys()].filter((page) => page.startsWith('docs/') && !linked.includes(page))
  expect(lonely).toEqual([])
})

test('a link to nowhere is found, and one to a heading that is not there', () => {
  const text =
    '# One\n\n[a](gone.md) [b](#one) [c](#two) ![d](images/gone.png) [e](https://example.com)\n\n```\n[f](x.md)\n```\n'
  const broken = brokenLinks([{ path: 'docs/a.md', text }], (path) => path === 'docs/a.md')
  expect(broken).toHaveLength(3)
})
