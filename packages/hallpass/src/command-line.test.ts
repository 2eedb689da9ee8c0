// The command line: what each command takes, and what it says to the rest.
import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { audit } from './commands/audit.ts'
import { explain } from './commands/explain.ts'
import { keys } from './commands/keys.ts'
import { recover } from './commands/recover.ts'

test('words and flags go where they belong', () => {
  expect(parseCommandLine(['keys', 'revoke', 'KID', '--json'])).toEqual({
    command: 'keys',
    words: ['revoke', 'KID'],
    flags: { json: true },
  })
  expect(parseCommandLine(['audit', 'verify', '--head', 'x'])).toMatchObject({
    words: ['verify'],
    flags: { head: 'x' },
  })
  expect(parseCommandLine([])).toMatchObject({ command: 'help' })
})

test.each([
  [['doctor', '--port', '1'], /takes no "--port"/],
  [['doctor', 'now'], /takes no "now"/],
  [['serve', '--json'], /takes no "--json"/],
  [['serve', 'now'], /takes no "now"/],
  [['keys', 'revoke', 'one', 'two'], /takes no "two"/],
  [['secret', '--data', 'x'], /takes no "--data"/],
  [['turn'], /there is no command "turn"/],
  [['serve', '--prot', '1'], /--prot/],
])('%j is a mistake', (args, words) => {
  expect(() => parseCommandLine(args)).toThrow(words)
})

test.each([
  ['keys turn', keys, ['turn'], /knows list, rotate, retire, reseal, revoke/],
  ['keys revoke', keys, ['revoke'], /revoke KID/],
  ['keys list KID', keys, ['list', 'KID'], /no other action takes one/],
  ['audit', audit, [], /audit verify/],
  ['audit read', audit, ['read'], /audit verify/],
  ['explain', explain, [], /takes the id/],
  ['recover', recover, [], /like 12h or 7d, or `off`/],
])('`hallpass %s` is a mistake, and nothing was opened', async (_, command, words, sentence) => {
  await expect(command({ words, flags: {}, env: {} })).rejects.toThrow(sentence)
})
