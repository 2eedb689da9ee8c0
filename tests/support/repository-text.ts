// A file of the repository as text, by its path from the root.
import { readFileSync } from 'node:fs'

export function repositoryText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}
