// Every package that we make others install, or build with, has its reason written down in docs/decisions.
import { expect, test } from 'vitest'
import { repositoryFiles, type RepositoryFile } from './repository-files.ts'

interface Manifest {
  readonly name?: string
  readonly [kind: string]: unknown
}

const KINDS = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies']

/** The dependencies of all manifests that no decision names between backticks. */
function undecided(files: readonly RepositoryFile[]): readonly string[] {
  const manifests = files
    .filter(({ path }) => /(^|\/)package\.json$/.test(path))
    .map(({ text }) => JSON.parse(text) as Manifest)
  const own = new Set(manifests.map(({ name }) => name))
  const decisions = files.filter(({ path }) => /^docs\/decisions\/\d{3}-[a-z0-9-]+\.md$/.test(path))
  const decided = new Set(decisions.flatMap(({ text }) => [...text.matchAll(/`([^`\s]+)`/g)].map((match) => match[1])))
  return manifests.flatMap((manifest) =>
    KINDS.flatMap((kind) => Object.keys((manifest[kind] as Record<string, string> | undefined) ?? {}))
      // Types belong to the package they describe.
      .filter((name) => !own.has(name) && !name.startsWith('@types/') && !decided.has(name))
      .map((name) => `${manifest.name ?? 'a manifest'} depends on ${name}, and no decision says why`),
  )
}

test('every dependency has a decision', () => {
  expect(undecided(repositoryFiles())).toEqual([])
})

test('the packages that are the pass itself have no dependency at all', () => {
  const files = repositoryFiles()
  for (const room of ['token', 'browser']) {
    const manifest = files.find(({ path }) => path === `packages/${room}/package.json`)
    const { dependencies, optionalDependencies } = JSON.parse(manifest?.text ?? 'null') as Manifest
    expect({ room, dependencies, optionalDependencies }).toEqual({ room })
  }
})

test('decisions are numbered without a gap and say their title', () => {
  const decisions = repositoryFiles().filter(({ path }) => path.startsWith('docs/decisions/'))
  const numbers = decisions.map(({ path }) => Number(/\/(\d{3})-[a-z0-9-]+\.md$/.exec(path)?.[1]))
  expect(numbers.toSorted((a, b) => a - b)).toEqual(decisions.map((_, index) => index + 1))
  expect(decisions.length).toBeGreaterThan(0)
  for (const { path, text } of decisions) expect(text, path).toMatch(/^# \d{3} [^\n]+\n/)
})

test('a dependency without a decision is found', () => {
  const manifest = {
    path: 'packages/server/package.json',
    text: JSON.stringify({ dependencies: { leftpad: '1.0.0' } }),
  }
  expect(undecided([manifest])).toHaveLength(1)
  expect(undecided([manifest, { path: 'docs/decisions/001-pad.md', text: 'We take `leftpad`.' }])).toEqual([])
  expect(undecided([manifest, { path: 'docs/guides/pad.md', text: 'We take `leftpad`.' }])).toHaveLength(1)
})
