// docs/browsers.md lists what the client survives; a behaviour that is listed has a test with its number in its name, or says itself
// that there is none yet.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')

const listed = [...read('docs/browsers.md').matchAll(/^(\d+)\. (.*)$/gm)].map(([, number, text]) => ({
  number: Number(number),
  open: /\*\*Not (built|shown) yet\.\*\*/.test(text ?? ''),
}))

/** The numbers in the names of tests: `test('41: …`, `test('29, 34: …`. */
const named = new Set(
  [
    ...globSync('tests/browser/*.test.ts', { cwd: root }),
    ...globSync('packages/browser/src/*.test.ts', { cwd: root }),
  ].flatMap((path) =>
    [...read(path).matchAll(/\btest\(\s*['"`]((?:\d+, )*\d+): /g)].flatMap(([, numbers]) =>
      (numbers ?? '').split(', ').map(Number),
    ),
  ),
)

test('docs/browsers.md lists all fifty-five', () => {
  expect(listed.map(({ number }) => number)).toEqual(Array.from({ length: 55 }, (_, index) => index + 1))
})

test('every behaviour in docs/browsers.md has its test, or says that it has none', () => {
  // Forms of other sites: the group CSR of the attacks.
  const elsewhere = new Map([[45, 'tests/browser/attacks-csr.test.ts']])
  for (const path of elsewhere.values()) expect(read(path)).toContain('test(')
  const missing = listed.filter(({ number, open }) => !open && !named.has(number) && !elsewhere.has(number))
  const forgotten = listed.filter(({ number, open }) => open && named.has(number))
  expect({ missing, forgotten }).toEqual({ missing: [], forgotten: [] })
})
