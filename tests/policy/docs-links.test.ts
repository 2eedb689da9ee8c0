// Every link of README, CONTRIBUTING, SECURITY and docs/ leads somewhere.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokenLinks, brokenPaths, unprovenClaims } from './docs-links.ts'
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
  // A report that a program writes may be there before it is linked.
  const written = ([, text]: readonly [string, string]) => text.includes('This file is written by `npm run')
  const lonely = [...pages]
    .filter(([page]) => page.startsWith('docs/') && !linked.includes(page))
    .filter((entry) => !written(entry))
    .map(([page]) => page)
  expect(lonely).toEqual([])
})

test('every path of the repository that a page names is there', () => {
  expect(brokenPaths(files, (path) => existsSync(join(root, path)))).toEqual([])
  expect(brokenPaths([{ path: 'docs/a.md', text: '`tests/gone.test.ts` and `tests/{a,b}.ts`' }], () => false)).toEqual([
    'docs/a.md: tests/gone.test.ts is not there',
  ])
})

test('every protection that the threat model claims names its test', () => {
  const text = files.find(({ path }) => path === 'docs/threat-model.md')?.text ?? ''
  expect(text.split(/^### /m).length).toBeGreaterThan(8)
  expect(unprovenClaims(text)).toEqual([])
  expect(unprovenClaims('## What is protected\n\n### From storms\n\nTrust us.\n\n## What is not protected\n')).toEqual([
    'From storms',
  ])
})

test('a link to nowhere is found, and one to a heading that is not there', () => {
  const text =
    '# One\n\n[a](gone.md) [b](#one) [c](#two) ![d](images/gone.png) [e](https://example.com)\n\n```\n[f](x.md)\n```\n'
  const broken = brokenLinks([{ path: 'docs/a.md', text }], (path) => path === 'docs/a.md')
  expect(broken).toHaveLength(3)
})
