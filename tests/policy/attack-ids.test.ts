// Every entry of the attack corpus that concerns the server or the token core is shown by a test that carries its id in a title.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { repositoryFiles, isTest } from './repository-files.ts'

const GROUPS = ['RT', 'CSR', 'CK', 'ENU', 'RLM', 'TRN', 'ALG', 'KEY', 'ENC', 'CLM', 'SIG', 'HDR', 'DPP']

/** The ids of a corpus that no test title names. */
function withoutTest(ids: readonly string[], texts: readonly string[]): readonly string[] {
  const titled = new Set<string>()
  for (const text of texts) {
    for (const [, title = ''] of text.matchAll(
      // A title stands behind `test(`, or behind the table of `test.each(…)(`.
      /(?:\b(?:test|describe|it)(?:\.\w+)?(?:\([^'"`]*\))?|\))\(\s*['"`]([^'"`\n]*)/g,
    ))
      for (const [id] of title.matchAll(/\b[A-Z]{2,3}-\d{2}\b/g)) titled.add(id)
  }
  return ids.filter((id) => !titled.has(id))
}

test('every id of these groups has its test', () => {
  const corpus = JSON.parse(
    readFileSync(new URL('../vectors/attacks/attack_corpus.json', import.meta.url), 'utf8'),
  ) as readonly { readonly id: string }[]
  const ids = corpus.map(({ id }) => id).filter((id) => GROUPS.includes(id.split('-')[0] ?? ''))
  expect(ids.length).toBeGreaterThanOrEqual(35 + 83 + 13)
  const tests = repositoryFiles().filter(({ path }) => isTest(path) && !path.startsWith('tests/policy/'))
  expect(
    withoutTest(
      ids,
      tests.map(({ text }) => text),
    ),
  ).toEqual([])
})

test('an id in a comment or a string is no test', () => {
  expect(withoutTest(['RT-01', 'RT-02'], ["// RT-01\ntest('RT-02 holds', () => { go('RT-01') })\n"])).toEqual(['RT-01'])
})
