// Which version of a target a cell was measured on: the last commit that touched its files, with a + when they were changed since.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const known = new Map<string, string>()

export function commitOf(paths: readonly string[]): string {
  const key = paths.join(' ')
  const before = known.get(key)
  if (before !== undefined) return before
  const commit = ask(paths)
  known.set(key, commit)
  return commit
}

function ask(paths: readonly string[]): string {
  const git = (...args: string[]) =>
    execFileSync('git', [...args, '--', ...paths], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const hash = git('log', '-1', '--format=%h').trim()
    return hash === '' ? 'uncommitted' : `${hash}${git('status', '--porcelain').trim() === '' ? '' : '+'}`
  } catch {
    return 'unknown'
  }
}
