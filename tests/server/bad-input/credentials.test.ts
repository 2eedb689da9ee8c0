// Odd e-mail addresses and passwords: refused, or kept exactly as they were written.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newEmail, PASSWORD } from '../../support/people.ts'
import { assertProblem, badInputSite, JSON_TYPE, register, runs, somewhere, stillAtWork } from './bad-input-site.ts'

const site = badInputSite()

describe('e-mail addresses and passwords', () => {
  test('an address that is none makes no account', async () => {
    const none = [
      'ada',
      '@example.com',
      'ada@',
      'ada@example',
      'a@x.com,b@y.com',
      'a@x.com b@y.com',
      'Ada <ada@example.com>',
      'ada@example.com\r\nBcc: eve@example.com',
      'ada\u0000@example.com',
      'ada＠example.com',
      'ада@example.com',
      'ada@exämple.com',
      'ada@ｅxample.com',
      '"ada"@example.com',
      'ada@[127.0.0.1]',
      '<b>@example.com',
      `${'a'.repeat(250)}@example.com`,
      '.ada@example.com',
      'ada..b@example.com',
      ' ada@example.com',
      'ada@example.com ',
      'ada@example.com.',
      'ada@-example.com',
    ]
    for (const email of none) {
      const body = JSON.stringify({ email, password: PASSWORD })
      const { code } = await site.refused(register, { headers: JSON_TYPE, body }, email.length > 12 ? email : undefined)
      expect(['invalid_email', 'invalid_input'], email).toContain(code)
    }
  })

  test('any string as an address: an account of exactly this address, or a problem document', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.emailAddress()),
        async (email) => {
          const answer = await site.server.ask('POST', 'register', {
            json: { email, password: PASSWORD },
            headers: [somewhere()],
          })
          if (answer.status === 201) expect(answer.json).toMatchObject({ user: { email } })
          else assertProblem(answer)
        },
      ),
      runs(40),
    )
  })

  test('a password of any characters signs in again, and no other one does', async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\u0000', '\n', ' ', '\u00e4', 'a\u0308', '\ud83d\ude00', '\u202e', '\ufeff', '\ud800'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 80,
    })
    await fc.assert(
      fc.asyncProperty(text, async (password) => {
        const email = newEmail()
        const made = await site.server.ask('POST', 'register', { json: { email, password }, headers: [somewhere()] })
        if (made.status !== 201) {
          assertProblem(made)
          expect(made.code).toBe('invalid_password')
          expect(made.text).not.toContain(JSON.stringify(password))
          return
        }
        const again = (candidate: string) =>
          site.server.ask('POST', 'login', { json: { email, password: candidate }, headers: [somewhere()] })
        expect((await again(password)).status).toBe(200)
        expect((await again(`${password}x`)).status).toBe(401)
        expect((await again(password.slice(0, -1) || 'x')).status).toBe(401)
      }),
      runs(25),
    )
  })

  test('a string that is no Unicode text is nobody’s password: it would be hashed like another one', async () => {
    for (const lone of ['\ud800', '\udfff', 'x\ud83d', '\ude00\ud83d']) {
      const body = JSON.stringify({ email: newEmail(), password: `correct horse ${lone} battery` })
      const { code, json } = await site.refused(register, { headers: JSON_TYPE, body })
      expect([code, json['reason']]).toEqual(['invalid_password', 'not_text'])
    }
  })

  test('nothing is cut off: 256 code points count to the last, one more is refused', async () => {
    const longest = '\ud83d\ude00ab'.repeat(85) + 'z'
    expect(Array.from(longest)).toHaveLength(256)
    const email = newEmail()
    expect(
      (await site.server.ask('POST', 'register', { json: { email, password: longest }, headers: [somewhere()] }))
        .status,
    ).toBe(201)
    const wrong = await site.server.ask('POST', 'login', {
      json: { email, password: `${longest.slice(0, -1)}y` },
      headers: [somewhere()],
    })
    expect(wrong.status).toBe(401)
    const body = JSON.stringify({ email: newEmail(), password: `${longest}y` })
    const { code, json } = await site.refused(register, { headers: JSON_TYPE, body })
    expect([code, json['reason']]).toEqual(['invalid_password', 'too_long'])
  })
})

stillAtWork(site, 30)
