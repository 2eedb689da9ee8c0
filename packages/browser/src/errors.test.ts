// Every code has its sentence, and docs/errors.md says the same ones.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { explain, sentences } from './errors.ts'
import { AuthError, type AuthErrorCode } from './index.ts'

test('every sentence stands in docs/errors.md beside its code, and no code is there without one', () => {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| ([^|]+) \|/gm)].map(([, code, sentence]) => [code, sentence])
  expect(Object.fromEntries(rows)).toEqual(sentences)
})

test('a sentence says what happened and, behind a colon, what to do', () => {
  for (const sentence of Object.values(sentences)) expect(sentence).toMatch(/^[A-Z][^.]+: [^.]+\.$/)
})

test('the server’s own words come first, and a pause it asks for last', () => {
  for (const code of Object.keys(sentences) as AuthErrorCode[])
    expect(explain(new AuthError(code))).toBe(sentences[code])
  const problem = { status: 401, code: 'invalid_credentials', title: 'E-mail or password is wrong' }
  expect(explain(new AuthError('refused', { problem }))).toBe(`E-mail or password is wrong. ${sentences.refused}`)
  expect(explain(new AuthError('unavailable', { retryAfter: 7 }))).toBe(
    `${sentences.unavailable} It asks for a pause of 7 seconds.`,
  )
  expect(explain(new TypeError('fetch failed'))).toBeUndefined()
})
