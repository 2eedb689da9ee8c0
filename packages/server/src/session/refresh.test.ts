// A session over its life, on both engines: every row of the rotation table as a client meets it (docs/design.md, "Rotation").
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { engines, startDatabases, type Databases } from '../../../../tests/support/databases.ts'
import { open, PASSWORD, type Device, type Opened } from '../../../../tests/support/in-process.ts'

let databases: Databases
beforeAll(async () => void (databases = await startDatabases()))
afterAll(() => databases.close())

describe.each(engines)('on %s', (engine) => {
  let server: Opened
  let ada: Device
  beforeAll(async () => void (server = await open({ database: await databases.fresh(engine) })))
  afterAll(() => server.auth.close())

  let people = 0
  beforeEach(async () => {
    ada = server.device()
    people += 1
    const answer = await ada.post('register', { email: `ada-${people}@example.com`, password: PASSWORD, name: 'Ada' })
    expect(answer.status).toBe(201)
  })

  const outcome = () => server.events.findLast((event) => event.event === 'refresh')?.outcome
  /** A refresh, and the cookie pair it was sent with. */
  const refresh = async (cookie = ada.cookie, headers: Record<string, string> = {}) => {
    const thrower = server.device()
    thrower.cookie = cookie
    return thrower.post('refresh', undefined, headers)
  }
  const setCookie = (answer: { headers: Headers }) => answer.headers.getSetCookie()
  const pair = (answer: { headers: Headers }) => setCookie(answer)[0]?.split(';', 1)[0]

  test('the session answer: a token in the body, one cookie, nothing else', async () => {
    const answer = await server.device().post('login', { email: `ada-${people}@example.com`, password: PASSWORD })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      tokenType: 'Bearer',
      expiresIn: 900,
      session: { id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) },
      user: { id: expect.any(String), email: `ada-${people}@example.com`, name: 'Ada' },
    })
    expect(setCookie(answer)).toEqual([
      expect.stringMatching(
        /^__Http-hallpass=[\w.-]+; Path=\/api\/auth; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('repeated: within half a minute the same refresh token again', async () => {
    const answer = await refresh()
    expect([answer.status, outcome(), pair(answer)]).toEqual([200, 'repeated', ada.cookie])
    server.clock.advance(30_000)
    expect(pair(await refresh())).toBe(ada.cookie)
  })

  test('rotated, then replayed byte for byte', async () => {
    server.clock.advance(31_000)
    const first = await refresh()
    expect([first.status, outcome()]).toEqual([200, 'rotated'])
    expect(pair(first)).not.toBe(ada.cookie)
    server.clock.advance(30_000)
    const again = await refresh()
    expect([again.status, outcome()]).toEqual([200, 'replayed'])
    expect(pair(again)).toBe(pair(first))
  })

  test('late: an access token, and the cookie left alone', async () => {
    server.clock.advance(31_000)
    await refresh()
    server.clock.advance(45_000)
    const answer = await refresh()
    expect([answer.status, outcome(), setCookie(answer)]).toEqual([200, 'late', []])
    expect(answer.json.accessToken).toEqual(expect.any(String))
  })

  test('recovered: a lost answer is no theft, however long ago; the successor nobody showed is dead', async () => {
    server.clock.advance(31_000)
    const lost = pair(await refresh())
    server.clock.advance(61_000)
    const answer = await refresh()
    expect([answer.status, outcome()]).toEqual([200, 'recovered'])
    // Whoever held the lost answer after all is out of step: stale within the minute, then reuse.
    const stale = await refresh(lost)
    expect([stale.status, stale.code, outcome()]).toEqual([503, 'stale_refresh', 'stale'])
    expect(Number(stale.headers.get('retry-after'))).toBeGreaterThan(0)
    server.clock.advance(61_000)
    expect((await refresh(lost)).code).toBe('session_ended')
    expect(outcome()).toBe('reused')
    expect((await refresh(pair(answer))).code).toBe('session_ended')
  })

  test('reused: two parties hold one session, it ends, and the guard knows at once', async () => {
    const stolen = ada.cookie
    for (let step = 0; step < 2; step++) {
      server.clock.advance(31_000)
      ada.cookie = pair(await refresh())
      ada.token = (await ada.post('refresh')).json.accessToken
    }
    expect((await ada.get('me')).status).toBe(200)
    server.clock.advance(61_000)
    const thief = await refresh(stolen)
    expect([thief.status, thief.code, outcome()]).toEqual([401, 'session_ended', 'reused'])
    expect(setCookie(thief)).toEqual([])
    expect((await ada.get('me')).code).toBe('invalid_token')
    expect((await refresh(ada.cookie)).code).toBe('session_ended')
  })

  test('a client that holds another session is told, and gets nothing', async () => {
    const answer = await refresh(ada.cookie, { 'hallpass-session': '01900000-0000-7000-8000-000000000000' })
    expect([answer.status, answer.code, setCookie(answer)]).toEqual([409, 'session_changed', []])
    expect((await refresh(ada.cookie, { 'hallpass-session': ada.sessionId ?? '' })).status).toBe(200)
  })

  test('idle and absolute limits: moved by rotation, and not', async () => {
    const day = 86_400_000
    for (let days = 6; days <= 24; days += 6) {
      server.clock.advance(6 * day)
      ada.cookie = pair(await refresh())
    }
    // Day 24: the cookie and the token end with the session, and never later.
    server.clock.advance(6 * day - 60_000)
    const last = await refresh()
    expect(last.json.expiresIn).toBe(60)
    expect(setCookie(last)[0]).toContain('Max-Age=60;')
    server.clock.advance(60_000)
    expect((await refresh(pair(last))).code).toBe('session_ended')

    const idle = server.device()
    await idle.post('login', { email: `ada-${people}@example.com`, password: PASSWORD })
    server.clock.advance(7 * day)
    expect((await refresh(idle.cookie)).code).toBe('session_ended')
  })

  test('sign-out: refused at once here, for good, with any generation, and twice is no error', async () => {
    const old = ada.cookie
    server.clock.advance(31_000)
    await ada.post('refresh')
    const leaving = server.device()
    leaving.cookie = old
    const answer = await leaving.post('logout')
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(setCookie(answer)).toHaveLength(2)
    for (const line of setCookie(answer)) expect(line).toContain('Max-Age=0;')
    expect((await ada.get('me')).code).toBe('invalid_token')
    expect((await refresh(ada.cookie)).code).toBe('session_ended')
    expect((await refresh(old)).code).toBe('session_ended')
    leaving.cookie = old
    expect((await leaving.post('logout')).status).toBe(204)
  })

  test('sign-out everywhere: every device, and only of this person', async () => {
    const [phone, other] = [server.device(), server.device()]
    await phone.post('login', { email: `ada-${people}@example.com`, password: PASSWORD })
    await other.post('register', { email: `eve-${people}-${engine}@example.com`, password: PASSWORD })
    expect((await ada.post('logout', { everywhere: true })).status).toBe(204)
    expect((await phone.get('me')).code).toBe('invalid_token')
    expect((await refresh(phone.cookie)).code).toBe('session_ended')
    expect((await other.get('me')).status).toBe(200)
  })

  test('the list of devices: own ones, one ended by its id, nobody else’s', async () => {
    const [phone, eve] = [server.device('2001:db8::7'), server.device()]
    server.clock.advance(1)
    await phone.post('login', { email: `ada-${people}@example.com`, password: PASSWORD }, { 'user-agent': 'Phone/1' })
    await eve.post('register', { email: `mallory-${people}-${engine}@example.com`, password: PASSWORD })
    const { sessions } = (await ada.get('sessions')).json
    expect(sessions).toHaveLength(2)
    expect(sessions[0]).toMatchObject({
      id: phone.sessionId,
      current: false,
      userAgent: 'Phone/1',
      address: '2001:db8::7',
    })
    expect(sessions[1]).toMatchObject({ id: ada.sessionId, current: true, amr: ['pwd'] })
    expect((await eve.delete(`sessions/${phone.sessionId}`)).code).toBe('not_found')
    expect((await phone.get('me')).status).toBe(200)
    expect((await ada.delete(`sessions/${phone.sessionId}`)).status).toBe(204)
    expect((await phone.get('me')).code).toBe('invalid_token')
    expect((await ada.get('sessions')).json.sessions).toHaveLength(1)
  })

  test('fifty refreshes of one token at once: one rotation, one successor', async () => {
    server.clock.advance(31_000)
    const from = server.events.length
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh()))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(new Set(answers.map(pair)).size).toBe(1)
    const outcomes = server.events.slice(from).flatMap((event) => (event.event === 'refresh' ? [event.outcome] : []))
    expect(outcomes.filter((one) => one === 'rotated')).toHaveLength(1)
    expect(outcomes.filter((one) => one === 'replayed')).toHaveLength(49)
  })
})
