// The lint configuration still refuses what the house refuses: the real oxlint, with our configuration, on files that break it.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './repository-files.ts'

const cases: readonly (readonly [what: string, text: string, rule: string])[] = [
  ['any', 'export const read = (value: any): unknown => value\n', 'no-explicit-any'],
  ['as any', 'export const read = (value: unknown): unknown => (value as any).x\n', 'no-explicit-any'],
  ['!', 'export const first = (list: readonly string[]): string => list[0]!\n', 'no-non-null-assertion'],
  ['@ts-ignore', '// @ts-ignore\nexport const one: string = 1\n', 'ban-ts-comment'],
  ['@ts-nocheck', '// @ts-nocheck\nexport const one: string = 1\n', 'ban-ts-comment'],
  ['a promise nobody waits for', 'export const go = (): void => {\n  Promise.resolve(1)\n}\n', 'no-floating-promises'],
  ['a type imported as a value', "import { Stats } from 'node:fs'\nexport type S = Stats\n", 'consistent-type-imports'],
]

let folder: string
/** The rules that each file breaks, by its name. */
let broken: ReadonlyMap<string, string>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-lint-'))
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  const compilerOptions = { strict: true, module: 'nodenext', target: 'es2024', noEmit: true }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  cases.forEach(([, text], index) => writeFileSync(join(folder, `bad-${index}.ts`), text))
  writeFileSync(join(folder, 'good.ts'), 'export const one: number = 1\n')

  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = await promisify(execFile)(process.execPath, [oxlint, '--type-aware', '--format', 'json'], {
    cwd: folder,
    // It ends with an error because it found what it should; a real failure leaves nothing that can be parsed.
  }).catch((error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? '' }))
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly { readonly code: string; readonly severity: string; readonly filename: string }[]
  }
  const found = new Map<string, string>()
  for (const { code, severity, filename } of diagnostics) {
    const name = basename(filename)
    if (severity === 'error') found.set(name, `${found.get(name) ?? ''} ${code}`)
  }
  broken = found
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(cases.map(([what, , rule], index) => ({ what, rule, file: `bad-${index}.ts` })))(
  '$what is refused',
  ({ rule, file }) => {
    expect(broken.get(file)).toContain(rule)
  },
)

test('a plain file is not', () => {
  expect(broken.get('good.ts')).toBeUndefined()
  expect(broken.size).toBe(cases.length)
})
