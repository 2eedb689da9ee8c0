// The import graph of the repository obeys the plan: rooms look down, through doors, and nothing goes in circles. The count of
// modules is held to the count of files, so that a graph that saw nothing cannot pass; each rule is shown a breach.
import { describe, expect, test } from 'vitest'
import { importGraph } from './import-graph.ts'
import { isSource, repositoryFiles, type RepositoryFile } from './repository-files.ts'

describe('the repository', () => {
  const files = repositoryFiles()
  const graph = importGraph(files)

  test('every source file is a module of the graph', () => {
    expect(graph.modules.length).toBe(files.filter(({ path }) => isSource(path)).length)
    expect(graph.modules.length).toBeGreaterThan(60)
    // As many edges as there are import lines, counted another way: no import goes unseen.
    const lines = files
      .filter(({ path }) => isSource(path) && path.startsWith('packages/'))
      .flatMap(({ text }) => text.match(/^(import|export)\b[^'"`;=]*\bfrom '[^']+'$/gm) ?? [])
    const seen = graph.edges.filter(({ from }) => from.startsWith('packages/'))
    expect(lines.length).toBeGreaterThan(100)
    expect(seen.length).toBeGreaterThanOrEqual(lines.length)
  })

  test('the edges the plan draws are there', () => {
    const between = new Set(
      graph.edges.map(({ from, to }) => [from, to].map((path) => path.split('/').slice(0, 2).join('/')).join(' -> ')),
    )
    expect(between).toContain('packages/server -> packages/guard')
    expect(between).toContain('packages/server -> packages/token')
    expect(between).toContain('packages/guard -> packages/token')
    expect(between).toContain('packages/hallpass -> packages/server')
  })

  test('nothing breaks a rule', () => {
    expect(graph.violations).toEqual([])
  })
})

describe('a breach is found', () => {
  const manifest = (name: string, more: object = {}): RepositoryFile => ({
    path: `packages/${name}/package.json`,
    text: JSON.stringify({
      name: `@hallpass/${name}`,
      exports: { '.': { '@hallpass/source': './src/index.ts' } },
      ...more,
    }),
  })
  const small: readonly RepositoryFile[] = [
    { path: 'package.json', text: JSON.stringify({ name: 'workspace', devDependencies: { vitest: '1.0.0' } }) },
    manifest('token'),
    manifest('guard', { dependencies: { '@hallpass/token': '1.0.0' } }),
    manifest('server', { dependencies: { '@hallpass/token': '1.0.0', '@hallpass/guard': '1.0.0', zod: '1.0.0' } }),
    manifest('browser'),
    { path: 'packages/token/src/index.ts', text: "export { sign } from './sign.ts'\n" },
    { path: 'packages/token/src/sign.ts', text: 'export const sign = 1\n' },
    { path: 'packages/guard/src/index.ts', text: "export { sign } from '@hallpass/token'\n" },
    { path: 'packages/server/src/index.ts', text: "export { sign } from '@hallpass/guard'\n" },
    { path: 'packages/browser/src/index.ts', text: 'export {}\n' },
  ]
  const violationsWith = (path: string, text: string) =>
    importGraph([...small.filter((file) => file.path !== path), { path, text }]).violations

  test('and a good graph has none', () => {
    const { violations, edges, modules } = importGraph(small)
    expect(violations).toEqual([])
    expect(modules).toHaveLength(5)
    expect(edges).toHaveLength(3)
  })

  test.each([
    ['upward', 'packages/token/src/a.ts', "import { sign } from '@hallpass/guard'\n", 'token may not know guard'],
    ['upward, for a type', 'packages/token/src/a.ts', "import type { S } from '@hallpass/guard'\n", 'may not know'],
    ['upward, in a type alone', 'packages/token/src/a.ts', "type S = import('@hallpass/guard').S\n", 'may not know'],
    ['upward, later', 'packages/guard/src/a.ts', "const a = await import('@hallpass/server')\n", 'may not know server'],
    ['upward, passed on', 'packages/token/src/a.ts', "export { sign } from '@hallpass/guard'\n", 'may not know guard'],
    ['from the browser', 'packages/browser/src/a.ts', "import { sign } from '@hallpass/token'\n", 'may not know token'],
    ['past a door', 'packages/server/src/a.ts', "import { sign } from '../../token/src/sign.ts'\n", 'past the door'],
    ['past a door by name', 'packages/server/src/a.ts', "import '@hallpass/token/src/sign.ts'\n", 'leads to no file'],
    ['past a door, from a test', 'tests/a.test.ts', "import '../packages/token/src/sign.ts'\n", 'past the door'],
    ['past a door, from an example', 'examples/a.ts', "import '../packages/token/src/index.ts'\n", 'past the door'],
    ['to nowhere', 'packages/token/src/a.ts', "import './gone.ts'\n", 'leads to no file'],
    ['outside the package', 'packages/token/src/a.ts', "import '../../../scripts/b.mjs'\n", ''],
    ['undeclared', 'packages/token/src/a.ts', "import { z } from 'zod'\n", 'not among the dependencies'],
    ['undeclared, in a test', 'packages/token/src/a.test.ts', "import { z } from 'zod'\n", 'not declared'],
    ['a tool of the workspace', 'packages/server/src/a.ts', "import { test } from 'vitest'\n", 'not among'],
    ['a module of Node in every runtime', 'packages/token/src/a.ts', "import 'node:fs'\n", 'every web runtime'],
    ['a module of Node by its bare name', 'packages/server/src/a.ts', "import 'fs'\n", 'write node:fs'],
    ['chosen at run time', 'packages/server/src/a.ts', 'const a = await import(name)\n', 'cannot be read'],
    ['by require', 'packages/server/src/a.ts', "const a = require('fs')\n", 'cannot be read'],
  ])('%s', (_, path, text, sentence) => {
    const violations = violationsWith(path, text)
    expect(violations).toHaveLength(1)
    expect(violations[0]).toContain(sentence)
  })

  test('a circle of two files, and one of three through a later import', () => {
    expect(violationsWith('packages/token/src/sign.ts', "import './index.ts'\nexport const sign = 1\n")).toEqual([
      'a circle: packages/token/src/index.ts -> packages/token/src/sign.ts -> packages/token/src/index.ts',
    ])
    const three = (last: string) =>
      importGraph([
        ...small,
        { path: 'packages/token/src/a.ts', text: "import { B } from './b.ts'\n" },
        { path: 'packages/token/src/b.ts', text: "await import('./c.ts')\n" },
        { path: 'packages/token/src/c.ts', text: last },
      ]).violations
    expect(three("export { A } from './a.ts'\n")).toHaveLength(1)
    expect(three("import type { A } from './a.ts'\nimport { type A as B } from './a.ts'\n")).toEqual([])
  })

  test('a file for Node alone, named instead of #crypto', () => {
    const node = { path: 'packages/token/src/crypto/node.ts', text: "import 'node:crypto'\n" }
    const { violations } = importGraph([
      ...small,
      node,
      { path: 'packages/token/src/a.ts', text: "import './crypto/node.ts'\n" },
      { path: 'packages/token/src/b.ts', text: "import type { X } from 'node:crypto'\n" },
    ])
    expect(violations).toEqual(['packages/token/src/a.ts: ./crypto/node.ts is for Node alone; import #crypto'])
  })

  test('a test may use its own room, the support of all tests and the tools of the workspace', () => {
    const { violations } = importGraph([
      ...small,
      { path: 'tests/support/clock.ts', text: 'export const clock = 1\n' },
      {
        path: 'packages/token/src/a.test.ts',
        text: "import { test } from 'vitest'\nimport './sign.ts'\nimport '../../../tests/support/clock.ts'\n",
      },
    ])
    expect(violations).toEqual([])
  })
})
