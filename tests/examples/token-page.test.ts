// The programs of docs/token.md, taken out of the page and run as they stand.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { documentedProgram } from '../support/documented-program.ts'

// Inside the workspace, so that they find its packages as an installed one would.
const parent = fileURLToPath(new URL('../../.cache/documentation/', import.meta.url))
mkdirSync(parent, { recursive: true })
const folder = mkdtempSync(join(parent, 'token-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['alone', '42\n'],
  ['jsonwebtoken', '42 42 42\nsignature_invalid\n'],
  ['jose', '42 42\n'],
])('docs/token.md: %s', async (name, says) => {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, documentedProgram('docs/token.md', name))
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', '@hallpass/source', file])
  expect(stdout).toBe(says)
})
