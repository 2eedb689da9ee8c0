// `hallpass serve` and curl with a cookie jar: the whole contract as a person would try it at a terminal, each row of the rotation
// table in turn (docs/design.md); once with a clock that the test moves, and once with nothing but waiting.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curlAt, hasCurl, type Curled, type Jar } from '../support/curl.ts'
import { startProgram, type Program } from '../support/program.ts'

const PASSWORD = 'correct horse battery'
let people = 0
const newcomer = () => ({ email: `ada-${++people}@example.com`, password: PASSWORD, name: 'Ada' })

const signUp = async (jar: Jar): Promise<string> => token(await jar.post('/api/auth/register', newcomer()))
const token = ({ json }: Curled) => String(json['accessToken'])
const refresh = (jar: Jar) => jar.post('/api/auth/refresh')

/** Every row of the table; `wait` lets time pass, in seconds. */
async function everyRow(first: () => Jar, outcomes: () => readonly string[], wait: (seconds: number) => Promise<void>) {
  const last = () => outcomes().at(-1)
  const jar = first()
  await signUp(jar)

  const start = jar.cookie()
  expect([(await refresh(jar)).status, last(), jar.cookie()]).toEqual([200, 'repeated', start])
  const owner = jar.copy()
  const late = jar.copy()
  const lost = jar.copy()
  const thief = jar.copy()

  await wait(31)
  expect([(await refresh(jar)).status, last()]).toEqual([200, 'rotated'])
  const successor = jar.cookie()
  expect(successor).not.toBe(start)
  // The answer got lost: asked again, it is the same, byte for byte.
  expect([(await refresh(owner)).status, last(), owner.cookie()]).toEqual([200, 'replayed', successor])

  await wait(31)
  const answer = await refresh(late)
  expect([answer.status, last(), answer.setCookies]).toEqual([200, 'late', []])
  expect((await late.get('/api/profile', token(answer))).status).toBe(200)

  await wait(31)
  // Lost for more than a minute: no theft either. What nobody showed is dead, and stale at first.
  expect([(await refresh(lost)).status, last()]).toEqual([200, 'recovered'])
  const stale = await refresh(jar)
  expect([stale.status, stale.json['code'], last()]).toEqual([503, 'stale_refresh', 'stale'])
  expect(stale.head).toMatch(/^retry-after: \d+$/im)

  // The one who recovered goes on; the token from before the beginning is a copy that is out of step.
  await wait(31)
  expect([(await refresh(lost)).status, last()]).toEqual([200, 'rotated'])
  await wait(61)
  const reused = await refresh(thief)
  expect([reused.status, reused.json['code'], reused.setCookies, last()]).toEqual([401, 'session_ended', [], 'reused'])
  expect([(await refresh(lost)).json['code'], last()]).toEqual(['session_ended', 'ended'])
}

/** What the log of a program says of refreshes. */
const outcomesOf = (program: Program) =>
  Array.from(program.output().matchAll(/"outcome":"(\w+)"/g), ([, outcome = '']) => outcome)

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
    await everyRow(
      () => curl.jar(),
      () => outcomesOf(program),
      (seconds) => program.advance(seconds * 1000),
    )
  })
})

test.skipIf(!hasCurl)(
  'each row of the rotation table in turn, with nothing but waiting',
  { timeout: 300_000 },
  async () => {
    const program = await startProgram()
    const curl = curlAt(program.origin)
    await everyRow(
      () => curl.jar(),
      () => outcomesOf(program),
      (seconds) => sleep(seconds * 1000 + 500),
    )
    curl.close()
    await program.close()
  },
)
