// Signing up, signing in, changing the password: with accounts here, and with users of the application's own.
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startDatabases, type Databases } from '../../../../tests/support/databases.ts'
import { open, PASSWORD, type Opened } from '../../../../tests/support/in-process.ts'

let databases: Databases
beforeAll(async () => void (databases = await startDatabases()))
afterAll(() => databases.close())

const opened: Opened[] = []
const server = async (options: Partial<Parameters<typeof open>[0]> = {}) => {
  const one = await open({ database: await databases.fresh('sqlite'), ...options })
  opened.push(one)
  return one
}
afterAll(() => Promise.all(opened.map(({ auth }) => auth.close())))

const NEXT = 'another long password'
const ada = { email: 'ada@example.com', password: PASSWORD }

describe('accounts kept here', () => {
  test('sign-up is 201, once for an address in any case', async () => {
    const { device } = await server()
    expect((await device().post('register', { ...ada, name: ' Ada ' })).json.user).toMatchObject({ name: 'Ada' })
    const again = await device().post('register', { ...ada, email: 'ADA@example.com' })
    expect([again.status, again.code]).toEqual([409, 'email_taken'])
    expect((await device().post('login', { ...ada, email: 'Ada@Example.com' })).status).toBe(200)
  })

  test.each([
    [{ email: 'ada', password: PASSWORD }, 'invalid_email', undefined],
    [{ email: 'ada@example.com', password: 'too short' }, 'invalid_password', 'too_short'],
    [{ email: 'ada@example.com', password: 'x'.repeat(257) }, 'invalid_password', 'too_long'],
    [{ email: 'ada@example.com', password: 'passwordpassword' }, 'invalid_password', 'common'],
    [{ email: 'ada.lovelace@example.com', password: 'ada.lovelace@example.com' }, 'invalid_password', 'own_words'],
    [{ email: 'ada@example.com' }, 'invalid_input', undefined],
  ])('sign-up with %j is %s %s', async (body, code, reason) => {
    const { device, auth } = await server()
    const answer = await device().post('register', body)
    expect([answer.status, answer.code, answer.json.reason]).toEqual([400, code, reason])
    expect(await auth.accounts.findByEmail(body.email)).toBeUndefined()
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('ENU-01: a wrong password and an unknown e-mail are one answer, byte for byte', async () => {
    const { device } = await server()
    await device().post('register', ada)
    const wrong = await device().post('login', { ...ada, password: 'wrong' })
    const unknown = await device().post('login', { email: 'nobody@example.com', password: 'wrong' })
    expect([wrong.status, wrong.code]).toEqual([401, 'invalid_credentials'])
    expect(unknown.text).toBe(wrong.text)
    expect([...unknown.headers]).toEqual([...wrong.headers])
  })

  test.each(['HS256', 'EdDSA', 'ES384', 'RS256', 'PS256'] as const)(
    'passes signed with %s, by option',
    async (algorithm) => {
      const { device, auth } = await server({ token: { algorithm } })
      const phone = device()
      await phone.post('register', ada)
      expect((await phone.get('me')).status).toBe(200)
      expect((await auth.keys.list()).map((key) => key.algorithm)).toEqual([algorithm])
      expect((await auth.keys.jwks()).keys).toHaveLength(algorithm === 'HS256' ? 0 : 1)
    },
  )

  test('signing in ends the session that the cookie named, and the pass of that one', async () => {
    const { device, events } = await server()
    const phone = device()
    await phone.post('register', ada)
    const [cookie, token] = [phone.cookie, phone.token]
    expect((await phone.post('login', ada)).status).toBe(200)
    expect(events.filter((event) => event.event === 'session_ended')).toMatchObject([{ reason: 'replaced' }])
    const before = device()
    Object.assign(before, { cookie, token })
    expect((await before.get('me')).code).toBe('invalid_token')
    expect((await before.post('refresh')).code).toBe('session_ended')
  })

  test('a session cookie, when the person wants none that outlives the browser', async () => {
    const { device } = await server()
    const phone = device()
    const answer = await phone.post('register', { ...ada, persistent: false })
    expect(answer.headers.getSetCookie()[0]).not.toContain('Max-Age')
    expect((await phone.post('refresh')).headers.getSetCookie()[0]).not.toContain('Max-Age')
  })

  test('a changed password ends every session, this one too, and starts a new one', async () => {
    const { device } = await server()
    const [phone, laptop, before] = [device(), device(), device()]
    await phone.post('register', ada)
    await laptop.post('login', ada)
    Object.assign(before, { cookie: phone.cookie, token: phone.token })

    expect((await phone.post('password', { current: 'wrong', next: NEXT })).code).toBe('invalid_credentials')
    expect((await phone.post('password', { current: PASSWORD, next: 'short' })).json.reason).toBe('too_short')
    expect((await laptop.get('me')).status).toBe(200)

    const changed = await phone.post('password', { current: PASSWORD, next: NEXT })
    expect(changed.status).toBe(200)
    expect((await phone.get('me')).status).toBe(200)
    expect((await phone.post('refresh')).status).toBe(200)
    for (const old of [laptop, before]) {
      expect((await old.get('me')).code).toBe('invalid_token')
      expect((await old.post('refresh')).code).toBe('session_ended')
    }
    expect((await device().post('login', ada)).code).toBe('invalid_credentials')
    expect((await device().post('login', { ...ada, password: NEXT })).status).toBe(200)
  })

  test('a login whose password was checked before everything was signed out cannot slip in behind it', async () => {
    const database = await databases.fresh('sqlite')
    const { device, auth } = await server({ database })
    const { user } = (await device().post('register', ada)).json

    // Fifty others stand in line for a hash, so this login has read the account and its epoch, and waits with them.
    const others = Array.from({ length: 50 }, (_, turn) =>
      device(`198.51.100.${turn}`).post('login', { email: `other-${turn}@example.com`, password: 'wrong' }),
    )
    const login = device('192.0.2.10').post('login', ada)
    const file = new DatabaseSync(database, { readOnly: true })
    const tries = file.prepare("select count(*) as n from hallpass_throttles where key like 'account:%'")
    await vi.waitFor(() => expect(tries.get()?.['n']).toBe(51))
    file.close()
    await auth.sessions.endAll(user.id)

    expect((await login).code).toBe('invalid_credentials')
    expect(await auth.sessions.list(user.id)).toEqual([])
    expect((await Promise.all(others)).map(({ code }) => code)).toEqual(Array(50).fill('invalid_credentials'))
  })

  test('many logins with the old password while it is changed: who knows only that one holds nothing', async () => {
    const { device, auth } = await server()
    const phone = device()
    const { user } = (await phone.post('register', ada)).json
    const thieves = Array.from({ length: 6 }, (_, index) => device(`192.0.2.${index + 10}`))
    const [changed] = await Promise.all([
      phone.post('password', { current: PASSWORD, next: NEXT }),
      ...thieves.map((thief) => thief.post('login', ada)),
    ])
    expect(changed.status).toBe(200)
    expect((await auth.sessions.list(user.id)).map(({ id }) => id)).toEqual([phone.sessionId])
    for (const thief of thieves) if (thief.cookie !== undefined) expect((await thief.post('refresh')).status).toBe(401)
  })

  test('a disabled account: every session ends, nobody signs in, until it is enabled', async () => {
    const { device, auth } = await server()
    const phone = device()
    const { user } = (await phone.post('register', ada)).json
    expect(await auth.sessions.disable(user.id)).toBe(1)
    expect((await phone.get('me')).code).toBe('invalid_token')
    expect((await phone.post('refresh')).code).toBe('session_ended')
    // Only who knows the password is told.
    expect((await device().post('login', ada)).code).toBe('account_disabled')
    expect((await device().post('login', { ...ada, password: 'wrong' })).code).toBe('invalid_credentials')
    expect(await auth.sessions.enable(user.id)).toBe(true)
    expect((await device().post('login', ada)).status).toBe(200)
  })
})

describe('users of the application’s own', () => {
  const users = [{ id: 'u1', email: 'ada@example.com', name: 'Ada', passwordHash: 'secret', password: 'old' }]
  const checkPassword = (email: string, password: string) =>
    users.find((user) => user.email === email && user.password === password) ?? null

  test('checkPassword is all it takes; what else the user object holds stays where it is', async () => {
    const { device } = await server({ checkPassword })
    const phone = device()
    const answer = await phone.post('login', { email: 'ada@example.com', password: 'old' })
    expect(answer.json.user).toEqual({ id: 'u1', email: 'ada@example.com', name: 'Ada' })
    expect((await phone.get('me')).json).toEqual({ id: 'u1', email: 'ada@example.com', name: 'Ada' })
    expect((await device().post('login', { email: 'ada@example.com', password: 'new' })).code).toBe(
      'invalid_credentials',
    )
    for (const path of ['register', 'password']) expect((await phone.post(path, {})).code).toBe('not_found')
  })

  test('a numeric id, or a hook that fails, is our trouble and nobody’s wrong password', async () => {
    const numeric = await server({ checkPassword: () => ({ id: 7 }) as never })
    expect((await numeric.device().post('login', { email: 'x', password: 'y' })).code).toBe('internal')
    expect(numeric.events).toContainEqual({
      event: 'failed',
      error: expect.objectContaining({ message: expect.stringContaining('String(user.id)') }),
    })

    const failing = await server({ checkPassword: () => Promise.reject(new Error('the users’ database is away')) })
    const answer = await failing.device().post('login', { email: 'x', password: 'y' })
    expect([answer.status, answer.code, answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1'])
    expect(answer.text).not.toContain('away')
  })

  test('everything signed out while the check ran: the check is done over', async () => {
    let release: (() => void) | undefined
    const waiting = new Promise<void>((resolve) => (release = resolve))
    const asked = vi.fn()
    const { device, auth, clock } = await server({
      async checkPassword(email, password) {
        asked()
        const user = checkPassword(email, password)
        await waiting
        return user
      },
    })
    const login = device().post('login', { email: 'ada@example.com', password: 'old' })
    await vi.waitFor(() => expect(asked).toHaveBeenCalled())
    clock.advance(1)
    await auth.sessions.endAll('u1')
    release?.()
    expect((await login).code).toBe('busy')
    expect(await auth.sessions.list('u1')).toEqual([])
  })

  test('findUser: asked at each refresh; news are told, null ends the session, failing is passing', async () => {
    let answer: { id: string; name: string } | null | Error = { id: 'u1', name: 'Ada Lovelace' }
    const { device, events } = await server({
      checkPassword,
      findUser: () => {
        if (answer instanceof Error) throw answer
        return answer
      },
    })
    const phone = device()
    await phone.post('login', { email: 'ada@example.com', password: 'old' })
    expect((await phone.post('refresh')).json.user.name).toBe('Ada Lovelace')
    answer = new Error('away')
    expect((await phone.post('refresh')).code).toBe('unavailable')
    answer = null
    expect((await phone.post('refresh')).code).toBe('session_ended')
    expect(events.at(-2)).toMatchObject({ event: 'session_ended', reason: 'user-gone' })
    answer = { id: 'u1', name: 'Ada' }
    expect((await phone.post('refresh')).code).toBe('session_ended')
  })

  test('claims: added to the pass, reserved names win, failing is passing', async () => {
    const payload = (token = '') => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    let fail = false
    const { device } = await server({
      checkPassword,
      claims: ({ user }) => {
        if (fail) throw new Error('away')
        return { roles: ['admin'], sub: 'somebody else', exp: 9e9, cnf: {}, name: user.name }
      },
    })
    const phone = device()
    await phone.post('login', { email: 'ada@example.com', password: 'old' })
    expect(payload(phone.token)).toMatchObject({ roles: ['admin'], name: 'Ada', sub: 'u1', exp: expect.any(Number) })
    expect(payload(phone.token).exp - payload(phone.token).iat).toBe(900)
    expect(payload(phone.token)).not.toHaveProperty('cnf')
    fail = true
    expect((await phone.post('refresh')).code).toBe('unavailable')
    fail = false
    expect((await phone.post('refresh')).status).toBe(200)
  })
})

describe('a sign-in method of the application’s own', () => {
  const request = (headers: Record<string, string> = {}) =>
    new Request('https://app.example.com/passkey', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    })

  test('sessions.start answers what the client is sent', async () => {
    const { auth } = await server()
    const answer = await auth.sessions.start('u1', {
      request: request(),
      amr: ['hwk'],
      user: { name: 'Ada' },
      address: '192.0.2.1',
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ user: { id: 'u1', name: 'Ada' }, tokenType: 'Bearer' })
    expect(answer.headers.getSetCookie()).toHaveLength(1)
    expect(await auth.sessions.list('u1')).toMatchObject([{ amr: ['hwk'], address: '192.0.2.1' }])
  })

  test('from another site only where the application says so', async () => {
    const { auth } = await server()
    const crossSite = request({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })
    const refused = await auth.sessions.start('u1', { request: crossSite, amr: ['fed'] })
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([403, []])
    const callback = await auth.sessions.start('u1', { request: crossSite, amr: ['fed'], insecureAnyOrigin: true })
    expect(callback.status).toBe(200)
  })

  test('end, endAll and disable are felt by the guard at once', async () => {
    const { auth } = await server()
    const start = async () =>
      (await (await auth.sessions.start('u1', { request: request(), amr: ['hwk'] })).json()) as {
        accessToken: string
        session: { id: string }
      }
    const ok = async (one: { accessToken: string }) => (await auth.guard.check(`Bearer ${one.accessToken}`)).ok
    const [one, two, three] = [await start(), await start(), await start()]
    expect(await auth.sessions.end(one.session.id)).toBe(true)
    expect(await auth.sessions.end(one.session.id)).toBe(false)
    expect([await ok(one), await ok(two)]).toEqual([false, true])
    expect(await auth.sessions.endAll('u1')).toBe(2)
    expect([await ok(two), await ok(three)]).toEqual([false, false])
    await auth.sessions.disable('u1')
    expect((await auth.sessions.start('u1', { request: request(), amr: ['hwk'] })).status).toBe(403)
  })
})
