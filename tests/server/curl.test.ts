// `hallpass serve` and curl with a cookie jar: the whole contract as a person would try it at a terminal, each row of the rotation
// table in turn, with a clock that the test moves (tests/waiting has the same with nothing but waiting).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curlAt, hasCurl } from '../support/curl.ts'
import { startProgram, type Program } from '../support/program.ts'
import { honestRows, newcomer, PASSWORD, refresh, signUp, thiefRows, token } from '../support/rotation-rows.ts'

describe.skipIf(!hasCurl)('with a clock that the test moves', () => {
  let program: Program
  let curl: ReturnType<typeof curlAt>
  beforeAll(async () => {
    program = await startProgram({ testClock: true })
    curl = curlAt(program.origin)
  })
  afterAll(async () => {
    curl.close()
    await program.close()
  })

  test('signing up, in, and out', async () => {
    const [jar, ada] = [curl.jar(), newcomer()]
    const made = await jar.post('/api/auth/register', ada)
    expect(made.status).toBe(201)
    expect(made.json).toEqual({
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      tokenType: 'Bearer',
      expiresIn: 900,
      session: { id: expect.any(String) },
      user: { id: expect.any(String), email: ada.email, name: 'Ada' },
    })
    expect(made.setCookies).toEqual([
      expect.stringMatching(
        /^hallpass-\d+=[\w.-]+; Path=\/api\/auth; Max-Age=(?:2592000|259199\d); HttpOnly; SameSite=Strict$/,
      ),
    ])
    // The refresh token is in that line and nowhere else.
    expect(made.text).not.toContain(jar.cookie()?.split('=')[1])

    const again = curl.jar()
    const login = await again.post('/api/auth/login', { email: ada.email, password: PASSWORD })
    expect([login.status, (await again.get('/api/profile', token(login))).json['email']]).toEqual([200, ada.email])
    const wrong = await curl.jar().post('/api/auth/login', { email: ada.email, password: 'wrong' })
    expect([wrong.status, wrong.json['code'], wrong.setCookies]).toEqual([401, 'invalid_credentials', []])

    expect((await again.post('/api/auth/logout')).status).toBe(204)
    expect(again.cookie()).toBeUndefined()
    const refused = await again.get('/api/profile', token(login))
    expect([refused.status, refused.json['code']]).toEqual([401, 'invalid_token'])
    expect(refused.head).toMatch(/^www-authenticate: Bearer error="invalid_token"/im)
    // The other device is signed in still, until it asks for everywhere.
    expect((await refresh(jar)).status).toBe(200)
    const copy = jar.copy()
    expect((await jar.post('/api/auth/logout', { everywhere: true })).status).toBe(204)
    expect((await refresh(copy)).json['code']).toBe('session_ended')
    expect((await refresh(jar)).json['code']).toBe('no_session')
  })

  test('a character of the pass flipped, at any place: refused, always with the same words', async () => {
    const jar = curl.jar()
    const pass = await signUp(jar)
    const bodies = new Set<string>()
    for (let at = 0; at < pass.length; at += 23) {
      const flipped = pass.slice(0, at) + (pass[at] === 'A' ? 'B' : 'A') + pass.slice(at + 1)
      const answer = await jar.get('/api/profile', flipped)
      expect([at, answer.status]).toEqual([at, 401])
      bodies.add(answer.text)
    }
    expect(bodies.size).toBe(1)
    expect((await jar.get('/api/profile', pass)).status).toBe(200)
  })

  test('each row of the rotation table in turn', async () => {
    const wait = (seconds: number) => program.advance(seconds * 1000)
    await honestRows(curl.jar(), program, wait)
    await thiefRows(curl.jar(), program, wait)
  })
})
