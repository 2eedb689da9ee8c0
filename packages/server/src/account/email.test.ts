// What is taken for an e-mail address, what is not, and the one key that an address is unique under.
import { expect, test } from 'vitest'
import { loginKey, parseEmail } from './email.ts'

test('an address is kept as written and unique without regard to case', () => {
  expect(parseEmail('Ada.Lovelace@Example.com')).toEqual({
    email: 'Ada.Lovelace@Example.com',
    key: 'ada.lovelace@example.com',
  })
})

test.each([
  '',
  'ada',
  'ada@',
  '@example.com',
  'ada@example',
  'ada@@example.com',
  'ada@example.com,eve@evil.example',
  'ada@example.com eve@evil.example',
  'ada\r\nBcc: eve@evil.example',
  ' ada@example.com',
  'ada@example.com ',
  'ada\uff20example.com',
  'Ada <ada@example.com>',
  '<b>@example.com',
  'ada@exam\u0000ple.com',
  `${'a'.repeat(250)}@example.com`,
  'a\u0301da@example.com',
  'ada@ex\u0430mple.com',
])('EML-01: %j is refused, not repaired', (text) => {
  expect(parseEmail(text)).toBeUndefined()
})

test('login names of own users are throttled in one spelling', () => {
  expect(loginKey('  ADA\uff20example.com ')).toBe(loginKey('ada@example.com'))
})
