// The lockfile must install on a clean machine: npm ci fails everywhere when an optional dependency is named but not locked.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockEntry {
  optionalDependencies?: Record<string, string>
  resolved?: string
  link?: boolean
}

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, LockEntry>
}

test('every optional dependency named in the lockfile has its own entry', () => {
  const locked = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)))
  const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !locked.has(name))
      .map((name) => `${path} -> ${name}`),
  )
  expect(missing).toEqual([])
})

test('the lockfile names no download address', () => {
  const addresses = Object.values(lock.packages).filter((entry) => entry.resolved !== undefined && !entry.link)
  expect(addresses).toEqual([])
})
