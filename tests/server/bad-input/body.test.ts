// Bodies that are no JSON, no object, too large, or have members of every wrong kind, at every endpoint that reads one.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dumpDatabase } from '../../support/database-dump.ts'
import { newEmail, PASSWORD } from '../../support/people.ts'
import {
  assertProblem,
  badInputSite,
  JSON_TYPE,
  login,
  runs,
  somewhere,
  stillAtWork,
  withBody,
} from './bad-input-site.ts'

const site = badInputSite()

/** Members that endpoints read, and names that have hurt others. */
const member = fc.constantFrom(
  'email',
  'password',
  'name',
  'persistent',
  'audience',
  'everywhere',
  'current',
  'next',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'id',
  'subject',
  'sub',
  'amr',
  'epoch',
  'emailVerified',
)
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    '',
    ' ',
    [],
    {},
    [[]],
    ['a'],
    { length: 20 },
    { toString: 'x' },
    '\u0000',
    '\ud800',
    '\uffff',
    '\u202eevil',
    'a'.repeat(15_000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  // What a query language of some database would take for a condition.
  fc.constantFrom<unknown>(
    { $gt: '' },
    { $ne: null },
    { $regex: '.*' },
    "' or '1'='1",
    '"; drop table hallpass_accounts; --',
  ),
)
const object = fc.array(fc.tuple(member, odd), { maxLength: 6 }).map(asJsonText)

/** Written by hand, because an object literal cannot have an own member `__proto__`, and JSON can, twice too. */
function asJsonText(pairs: readonly (readonly [string, unknown])[]): string {
  return `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`
}

describe('the body', () => {
  test.each(withBody)('of $path is not JSON', async (endpoint) => {
    const broken = [
      '{',
      '}',
      '[',
      '"',
      'nul',
      '{"email":}',
      "{'email':'a'}",
      '{"a":1,}',
      '[1,2',
      '{"a":1}{"a":1}',
      '{"a":NaN}',
      '{"a":01}',
      '{"a":"\u0001"}',
      'undefined',
      '\ufeff{}',
      '// x\n{}',
      '\u0000',
      'a=b&c=d',
      '{"a":"\\u12"}',
      '{"a":"\\x41"}',
    ]
    for (const body of broken) {
      const { code } = await site.refused(endpoint, { headers: JSON_TYPE, body })
      expect(code, body).toBe('bad_request')
    }
    const bytes = [
      [0xff, 0xfe, 0x7b, 0x00],
      [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0x22, 0xf8, 0x88, 0x80, 0x80, 0x80, 0x22],
      [0x1f, 0x8b, 0x08, 0x00],
    ]
    for (const each of bytes) {
      const { code } = await site.refused(endpoint, { headers: JSON_TYPE, body: new Uint8Array(each) })
      expect(code, String(each)).toBe('bad_request')
    }
  })

  test.each(withBody)('of $path is JSON, but no object', async (endpoint) => {
    for (const body of [
      'null',
      '1',
      '-0',
      '1e400',
      'true',
      '""',
      '"{}"',
      '[]',
      '[{}]',
      `["${site.ada.email}","${PASSWORD}"]`,
    ]) {
      const { code } = await site.refused(endpoint, { headers: JSON_TYPE, body })
      expect(code, body).toBe('invalid_input')
    }
  })

  test.each(withBody)(
    'of $path is too large, whether its length is told, told wrongly or not at all',
    async (endpoint) => {
      const large = JSON.stringify({ email: 'a'.repeat(20_000) })
      const chunked = [['Transfer-Encoding', 'chunked'], ...JSON_TYPE] as const
      expect((await site.refused(endpoint, { headers: JSON_TYPE, body: large })).code).toBe('too_large')
      expect((await site.refused(endpoint, { headers: chunked, body: large })).code).toBe('too_large')
      const deep = `${'['.repeat(8_000)}${']'.repeat(8_000)}`
      expect((await site.refused(endpoint, { headers: JSON_TYPE, body: deep })).code).toBe('invalid_input')
    },
  )

  test('of ten megabytes is refused before it has been read', async () => {
    const body = 'x'.repeat(10_000_000)
    // The server may hang up while the client still writes: then there is no answer to look at, and nothing changed either way.
    const before = dumpDatabase(site.server.databaseFile)
    const answer = await site.server.ask('POST', 'login', { headers: JSON_TYPE, body }).catch((error: unknown) => error)
    if (answer instanceof Error)
      expect(answer).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) as string })
    else expect(answer).toMatchObject({ code: 'too_large' })
    expect(dumpDatabase(site.server.databaseFile)).toBe(before)
  })

  test.each(withBody)('of $path has members of every wrong kind', async (endpoint) => {
    const required = endpoint.path !== 'refresh' && endpoint.path !== 'logout'
    await fc.assert(
      fc.asyncProperty(object, async (body) => {
        const headers = [...JSON_TYPE, ...(required ? [] : [['Cookie', `${site.cookieName}=garbage`] as const])]
        // A body that happens to be in order (no required member) reaches the next check: for refresh that is the cookie.
        if (endpoint.path === 'logout') return harmlessLogout(body)
        const { code } = await site.refused(endpoint, { headers, body })
        expect([
          'invalid_input',
          'invalid_email',
          'invalid_password',
          'invalid_credentials',
          'no_session',
          'unknown_audience',
          'bad_request',
          'too_large',
          'throttled',
        ]).toContain(code)
      }),
      runs(60),
    )
  })

  /** Signing out nobody is no error, whatever else the body says; a wrong `everywhere` is. */
  async function harmlessLogout(body: string): Promise<void> {
    const before = dumpDatabase(site.server.databaseFile)
    const answer = await site.server.ask('POST', 'logout', { headers: JSON_TYPE, body })
    if (answer.status !== 204) assertProblem(answer)
    expect(dumpDatabase(site.server.databaseFile)).toBe(before)
  }

  test('with __proto__ and constructor pollutes nothing and gives nothing', async () => {
    const bodies = [
      `{"__proto__":{"email":"${site.ada.email}","password":"${PASSWORD}"}}`,
      `{"constructor":{"prototype":{"email":"${site.ada.email}","password":"${PASSWORD}"}}}`,
      `{"email":"${site.ada.email}","__proto__":{"password":"${PASSWORD}"}}`,
    ]
    for (const body of bodies) {
      const { code } = await site.refused(login, { headers: JSON_TYPE, body })
      expect(code).toBe('invalid_input')
    }
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>)['email']).toBeUndefined()
  })

  test('with members of the account’s own gives no more than it should (mass assignment)', async () => {
    const email = newEmail()
    const more = {
      emailVerified: true,
      id: 'admin',
      subject: 'admin',
      amr: ['hwk'],
      epoch: 9,
      disabled: false,
      createdAt: 0,
    }
    const answer = await site.server.ask('POST', 'register', {
      json: { email, password: PASSWORD, ...more },
      headers: [somewhere()],
    })
    expect(answer.status).toBe(201)
    const { accessToken, user } = answer.json as {
      readonly accessToken: string
      readonly user: { readonly id: string }
    }
    expect(user.id).not.toBe('admin')
    const me = await site.server.ask('GET', 'me', {
      headers: [['Authorization', `Bearer ${accessToken}`]],
    })
    expect(me.json).toMatchObject({ email, emailVerified: false })
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({ amr: ['pwd'] })
  })

  test('with a member twice: the last one counts, in every reader alike, so nobody is signed in by the first', async () => {
    const body = `{"email":"${site.ada.email}","password":"${PASSWORD}","password":"something else entirely"}`
    const { code } = await site.refused(login, { headers: JSON_TYPE, body })
    expect(code).toBe('invalid_credentials')
  })
})

stillAtWork(site, 300)
