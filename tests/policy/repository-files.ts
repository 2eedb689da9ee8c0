// The files of the repository as the policy tests see them: path from the root with forward slashes, and text.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface RepositoryFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** What is made, not written: never committed, so no rule of the house looks at it. */
const MADE = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache'])
const MADE_AT_ROOT = new Set(['data'])
const TEXT =
  /\.(ts|tsx|mts|js|mjs|cjs|json|md|html|css|sql|ya?ml|sh|svg|txt|conf)$|^(LICENSE|\.[a-z-]+(rc|ignore|ci)?)$/

/** Every text file of the repository, whether committed yet or not. */
export function repositoryFiles(): readonly RepositoryFile[] {
  return walk('').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Source is what we write and a reader reads: TypeScript and the few plain scripts. */
export function isSource(path: string): boolean {
  return /\.(ts|tsx|mts|js|mjs|cjs)$/.test(path)
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path)
}

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (MADE.has(entry.name) || (folder === '' && MADE_AT_ROOT.has(entry.name))) return []
    if (entry.isDirectory()) return walk(path)
    return entry.isFile() && TEXT.test(entry.name) && entry.name !== 'package-lock.json' ? [path] : []
  })
}
