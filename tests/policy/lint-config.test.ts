// The lint configuration still refuses what the house refuses: the real oxlint, with our configuration, on a bad file.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './repository-files.ts'

const run = promisify(execFile)
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-lint-'))
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { strict: true, module: 'nodenext', target: 'es2024', noEmit: true } }),
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The rules that a text breaks, as oxlint names them. */
async function broken(text: string): Promise<readonly string[]> {
  writeFileSync(join(folder, 'bad.ts'), text)
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = await run(process.execPath, [oxlint, '--type-aware', '--format', 'json', 'bad.ts'], {
    cwd: folder,
  }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
  const report = JSON.parse(stdout) as { diagnostics: readonly { code: string; severity: string }[] }
  return report.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
}

test.each([
  ['any', 'export const read = (value: any): unknown => value\n', 'no-explicit-any'],
  ['as any', 'export const read = (value: unknown): unknown => (value as any).x\n', 'no-explicit-any'],
  ['!', 'export const first = (list: readonly string[]): string => list[0]!\n', 'no-non-null-assertion'],
  ['@ts-ignore', '// @ts-ignore\nexport const one: string = 1\n', 'ban-ts-comment'],
  ['@ts-nocheck', '// @ts-nocheck\nexport const one: string = 1\n', 'ban-ts-comment'],
  ['a promise nobody waits for', 'export const go = (): void => {\n  Promise.resolve(1)\n}\n', 'no-floating-promises'],
  ['a type imported as a value', "import { Stats } from 'node:fs'\nexport type S = Stats\n", 'consistent-type-imports'],
])('%s is refused', async (_, text, rule) => {
  expect((await broken(text)).join(' ')).toContain(rule)
})

test('a plain file is not', async () => {
  expect(await broken('export const one: number = 1\n')).toEqual([])
})
