// The core of @hallpass/browser stays what a person reads in one sitting: its door and everything that the door reaches.
import { expect, test } from 'vitest'
import { importGraph } from './import-graph.ts'
import { repositoryFiles } from './repository-files.ts'

const FILES = 8
const LINES = 900

const files = repositoryFiles()
const { edges } = importGraph(files)

/** The files that a file needs, itself among them. */
function reached(path: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(path)) return found
  found.add(path)
  for (const { from, to } of edges) if (from === path) reached(to, found)
  return found
}

const door = 'packages/browser/src/index.ts'
const core = [...reached(door)]

test(`the core of @hallpass/browser is at most ${FILES} files of ${LINES} lines together, auth.ts among them`, () => {
  const lines = files
    .filter(({ path }) => core.includes(path))
    .reduce((sum, { text }) => sum + text.trimEnd().split('\n').length, 0)
  expect(core).toContain('packages/browser/src/auth.ts')
  expect(core.filter((path) => !path.startsWith('packages/browser/src/'))).toEqual([])
  expect(lines).toBeGreaterThan(300)
  expect({ files: core.length <= FILES, lines: lines <= LINES }, `${core.length} files, ${lines} lines`).toEqual({
    files: true,
    lines: true,
  })
})

test('it goes one way: nothing in the core needs auth.ts or the door, which stand above it', () => {
  const into = (name: string) =>
    edges.filter(({ from, to }) => core.includes(from) && from !== door && to === `packages/browser/src/${name}`)
  expect(into('index.ts')).toEqual([])
  expect(into('auth.ts')).toEqual([])
})
