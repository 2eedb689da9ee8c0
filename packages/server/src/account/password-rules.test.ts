// Which passwords may be chosen: by length, against the list of common ones, against the account's own words.
import { expect, test } from 'vitest'
import { normalisePassword, refusedBecause } from './password-rules.ts'

const own = ['ada.lovelace@example.com', 'Ada Lovelace', 'app.example.com']
const why = (password: string, minLength = 15) => refusedBecause(password, minLength, own)

test.each([
  'correct horse battery staple',
  'all lower case letters',
  '8362019475610283',
  'ünïcödé pässwörd!',
  '🐎🔋🖇️🐎🔋🖇️ correct horse',
  `${'x'.repeat(200)} and some more`,
  '   leading and trailing   ',
])('%j may be used: length, and no rules about kinds of characters', async (password) => {
  expect(await why(password)).toBeUndefined()
})

test('length is counted in code points, up to 256', async () => {
  expect(await why('🐎🔋🖇🧵🪡🧶🪢👓🕶🥽🥼🦺👔👕')).toBe('too_short') // 14 code points, 28 UTF-16 units
  expect(await why('🐎🔋🖇🧵🪡🧶🪢👓🕶🥽🥼🦺👔👕👖')).toBeUndefined()
  expect(await why('🐎🔋'.repeat(64) + '👓🕶'.repeat(64))).toBeUndefined()
  expect(await why('🐎🔋'.repeat(64) + '👓🕶'.repeat(64) + 'x')).toBe('too_long')
})

test.each(['iloveyou', 'Password1', 'QWERTY123', 'football'])('%j is on the list of common ones', async (password) => {
  expect(await why(password, 8)).toBe('common')
})
test.each([
  'passwordpassword',
  'aaaaaaaaaaaaaaaa',
  'abcabcabcabcabcabc',
  '1234567890123456',
  'qwertyuiopasdfgh',
  'zyxwvutsrqponmlk',
])('%j is long and common all the same', async (password) => {
  expect(await why(password)).toBe('common')
})
test.each([
  'ada.lovelace@example.com',
  'ADA.LOVELACE@EXAMPLE.COM',
  'ada.lovelace2026',
  'app.example.com',
  'ada lovelace 1815',
])('%j is one of the account’s own words', async (password) => {
  expect(await why(password)).toBe('own_words')
})

test('NFC: two spellings of one text are one password; a lone surrogate is none', () => {
  expect(normalisePassword('pa\u0308sse')).toBe('p\u00e4sse')
  expect(normalisePassword('p\ud800w')).toBeUndefined()
})
