// What a proxy is told about a request.
import { expect, test } from 'vitest'
import { forwardAuth } from './forward-auth.ts'
import type { Checked } from './guard.ts'
import { invalidToken, tokenRequired } from './refused.ts'

const asking = (checked: Checked) => ({ check: () => checked })
const as = (subject: string): Checked => ({
  ok: true,
  auth: {
    subject,
    sessionId: 'session-1',
    claims: {
      iss: 'i',
      aud: 'a',
      sub: subject,
      sid: 'session-1',
      jti: 'j',
      iat: 1,
      exp: 2,
      auth_time: 1,
      amr: ['pwd'],
    },
  },
})

test.each([
  ['018f-2b', '018f-2b'],
  ['somebody@example.com', 'somebody@example.com'],
  ['Zoë 😀', 'Zo%C3%AB%20%F0%9F%98%80'],
  ['100%', '100%25'],
  ['two\r\nSet-Cookie: a=b', 'two%0D%0ASet-Cookie:%20a=b'],
])('%j is named in a header that any proxy can carry, and comes back as it was', async (subject, header) => {
  const answer = await forwardAuth(asking(as(subject)), 'Bearer x')
  expect(answer.status).toBe(200)
  expect(answer.headers['hallpass-subject']).toBe(header)
  expect(decodeURIComponent(header)).toBe(subject)
  expect(new Response(null, answer).headers.get('hallpass-session')).toBe('session-1')
})

test.each([tokenRequired, invalidToken])('a refusal is handed on as it is: $code', async (refusal) => {
  expect(await forwardAuth(asking({ ok: false, refusal }), undefined)).toBe(refusal)
})
