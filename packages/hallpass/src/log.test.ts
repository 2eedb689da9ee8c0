// The last line of defence: what looks like a secret leaves no process in a log line, however it came into one.
import { expect, test } from 'vitest'
import { createLog, withoutSecrets } from './log.ts'
import { pathForLog } from './http/request-log.ts'

const PASS = `eyJ${'a'.repeat(40)}.eyJ${'b'.repeat(60)}.${'c'.repeat(86)}`
const SECRET = `hps1_${'d'.repeat(47)}`

test.each([
  ['a pass', PASS],
  ['a pass cut off', PASS.slice(0, 70)],
  ['a secret', SECRET],
  ['a bearer of another kind', `Bearer ${'e'.repeat(32)}`],
])('%s is taken out of a line, whatever stands around it', (_, secret) => {
  for (const line of [secret, `"${secret}"`, `cookie: hallpass-3000=${secret}; Path=/`, `{"msg":"x ${secret} y"}`]) {
    const left = withoutSecrets(line)
    for (const letters of ['aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'dddddddd', 'eeeeeeee'])
      expect(left).not.toContain(letters)
  }
})

test('the password of an address is taken out, the address stays', () => {
  const left = withoutSecrets('cannot reach postgres://hallpass:p4ssw0rd@db.internal:5432/hallpass')
  expect(left).toBe('cannot reach postgres://hallpass:[password]@db.internal:5432/hallpass')
})

test('ordinary lines are left as they are', () => {
  for (const line of ['ready on http://localhost:3000', 'database=/srv/key/data.db', 'eyes.on.you', 'x://host:80/a@b'])
    expect(withoutSecrets(line)).toBe(line)
})

test.each([true, false])(
  'an error is told with its cause and its code, and without its other members (plain: %s)',
  (plain) => {
    const lines: string[] = []
    const log = createLog({ level: 'info', plain, write: (line) => lines.push(line) })
    const cause = Object.assign(new Error(`duplicate ${PASS}`), {
      code: '23505',
      detail: 'Key (email)=(ada@example.com)',
    })
    log.error({ err: new Error('could not write', { cause }) }, 'a request failed')
    const [line = ''] = lines
    expect(lines).toHaveLength(1)
    expect(line).toContain('a request failed')
    expect(line).toContain('could not write')
    if (!plain) expect(line).toContain('23505')
    expect(line).not.toMatch(/aaaaaaaa|ada@example/)
  },
)

test.each([
  [
    '/api/auth/sessions/01a20f5b-2282-7a77-ab2d-902ef9547db7',
    '/api/auth/sessions/01a20f5b-2282-7a77-ab2d-902ef9547db7',
  ],
  ['/.well-known/jwks.json', '/.well-known/jwks.json'],
  ['/assets/index-DODl_DuQ.css', '/assets/…'],
  [`/reset/${PASS}`, '/reset/…'],
  ['/u/Ada%20Lovelace/x', '/u/…/x'],
  [`/${'a/'.repeat(20)}`, '/a/a/a/a/a/a/a'],
])('of the path %s a log line holds %s', (path, logged) => {
  expect(pathForLog(path)).toBe(logged)
})
