// Odd headers, cookies, tokens, methods, paths and ids, at every endpoint.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dumpDatabase } from '../../support/database-dump.ts'
import { bearer, newEmail, signUp } from '../../support/people.ts'
import { assertProblem, badInputSite, endpoints, refresh, runs, stillAtWork } from './bad-input-site.ts'

const site = badInputSite()

describe('headers', () => {
  /** What a socket can carry in a header: Latin-1 without line ends. */
  const headerText = fc
    .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 60 })
    .filter((text) => !text.includes('\u007f'))

  test.each(endpoints.filter(({ token }) => token))('$method $path with any Authorization', async (endpoint) => {
    const schemes = fc.constantFrom(
      '',
      'Bearer ',
      'bearer ',
      'Bearer\t',
      'Basic ',
      'DPoP ',
      `Bearer ${site.ada.accessToken},`,
      `Bearer ${site.ada.accessToken} `,
    )
    await fc.assert(
      fc.asyncProperty(schemes, headerText, fc.boolean(), async (scheme, text, twice) => {
        const value = `${scheme}${text}`
        const header = ['Authorization', value] as const
        const before = dumpDatabase(site.server.databaseFile)
        const answer = await site.server.ask(endpoint.method, endpoint.path, {
          headers: twice ? [header, bearer(site.ada)] : [header],
          ...(endpoint.body && { json: { current: 'x', next: 'y' } }),
        })
        // Only what comes to exactly one valid token may pass; text after it that is blank is not there (RFC 9110, 5.5).
        if (!twice && value.trim() === `Bearer ${site.ada.accessToken}`) return
        assertProblem(answer)
        expect(answer.status).toBe(401)
        // The challenge is of the scheme that was tried (RFC 9449, 7.1).
        expect(answer.headers['www-authenticate']).toMatch(
          /^(?:Bearer(?: error="invalid_token")?|DPoP error="invalid_token", algs="ES256")$/,
        )
        expect(dumpDatabase(site.server.databaseFile)).toBe(before)
      }),
      runs(40),
    )
  })

  test('any Cookie is no session, and takes none away', async () => {
    const values = fc.array(
      fc.tuple(fc.constantFrom(site.cookieName, `${site.cookieName}-host`, 'x', ''), headerText),
      {
        maxLength: 5,
      },
    )
    await fc.assert(
      fc.asyncProperty(values, async (cookies) => {
        const headers = cookies.map(([name, value]) => ['Cookie', `${name}=${value}`] as const)
        const { code } = await site.refused(refresh, { headers })
        expect(code).toBe('no_session')
      }),
      runs(60),
    )
  })

  test('a cookie of our own with one character altered is no session', async () => {
    const { refreshToken } = site.ada
    const positions = Array.from({ length: 40 }, (_, index) => Math.floor((index * refreshToken.length) / 40))
    for (const at of positions) {
      const flipped = refreshToken[at] === 'A' ? 'B' : 'A'
      const altered = refreshToken.slice(0, at) + flipped + refreshToken.slice(at + 1)
      const { code } = await site.refused(refresh, {
        headers: [['Cookie', `${site.cookieName}=${altered}`]],
      })
      expect(code, String(at)).toBe('no_session')
    }
  })

  test('any other header changes nothing about a refusal', async () => {
    const names = fc.constantFrom(
      'Hallpass-Session',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'Forwarded',
      'User-Agent',
      'If-None-Match',
      'Accept',
      'Accept-Encoding',
      'Content-Encoding',
      'Range',
      'Expect-CT',
      'X-Original-URL',
      'X-Rewrite-URL',
      'Prefer',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...endpoints),
        fc.array(fc.tuple(names, headerText), { maxLength: 4 }),
        async (endpoint, headers) => {
          const answer = await site.server.ask(endpoint.method, endpoint.path, {
            headers,
            ...(endpoint.body && { json: { password: 1 } }),
          })
          if (endpoint.path === 'logout') expect(answer.status).toBe(204)
          else assertProblem(answer)
        },
      ),
      runs(80),
    )
  })
})

describe('addresses', () => {
  test('any path is an endpoint’s or a problem document', async () => {
    const segment = fc.constantFrom(
      'api',
      'auth',
      'login',
      'refresh',
      'sessions',
      'jwks',
      '.',
      '..',
      '',
      '%2e%2e',
      '%',
      '%00',
      '%ff',
      '%2f',
      '~',
      ';a=b',
      'a'.repeat(300),
      '__proto__',
      'constructor',
    )
    const query = fc.constantFrom('', '?', '?a=b', '?%', '?[]=1&[]=2', '?__proto__[x]=1', `?access_token=x`)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'),
        fc.array(segment, { maxLength: 6 }),
        query,
        async (method, segments, asked) => {
          const before = dumpDatabase(site.server.databaseFile)
          const answer = await site.server.ask(method, `/${segments.join('/')}${asked}`, {})
          if (answer.status >= 400 && method !== 'HEAD') assertProblem(answer)
          expect(answer.status).toBeLessThan(500)
          expect(dumpDatabase(site.server.databaseFile)).toBe(before)
        },
      ),
      runs(150),
    )
  })

  test('any id of a session ends none of somebody else’s', async () => {
    const eve = await signUp(site.server, newEmail('eve'))
    const ids = fc.oneof(
      fc.constantFrom(
        site.ada.sessionId,
        site.ada.sessionId.toUpperCase(),
        `${site.ada.sessionId}%00`,
        `${site.ada.sessionId}%20`,
        '*',
        '%',
        '..',
        'null',
        "'%20or%20'1'='1",
        '0',
        '[object%20Object]',
      ),
      fc.string({ minLength: 1, maxLength: 40 }).map(encodeURIComponent),
    )
    await fc.assert(
      fc.asyncProperty(ids, async (id) => {
        const before = dumpDatabase(site.server.databaseFile)
        const answer = await site.server.ask('DELETE', `sessions/${id}`, { headers: [bearer(eve)] })
        assertProblem(answer)
        expect(['not_found', 'method_not_allowed']).toContain(answer.code)
        expect(dumpDatabase(site.server.databaseFile)).toBe(before)
      }),
      runs(40),
    )
  })
})

stillAtWork(site, 300)
