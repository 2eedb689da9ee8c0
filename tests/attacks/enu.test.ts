// Who has an account here? (ENU-01, ENU-02): what login answers does not tell, and neither does the work it takes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryText } from '../support/repository-text.ts'
import { dumpDatabase } from '../support/database-dump.ts'
import type { Answer } from '../support/http-exchange.ts'
import { newEmail, PASSWORD, signUp } from '../support/people.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'

let server: RealServer
beforeAll(async () => {
  server = await startRealServer({ trustedProxies: 1 })
})
afterAll(() => server.close())

let addresses = 0
/** Each asks from an address of its own, so that only the account can make a difference. */
const login = (email: string, password: string): Promise<Answer> =>
  server.ask('POST', 'login', {
    json: { email, password },
    headers: [['X-Forwarded-For', `198.51.${(addresses += 1) >> 8}.${addresses & 255}`]],
  })

/** All that an observer sees of an answer; the date alone tells the time. */
const seen = ({ status, headers, setCookies, text }: Answer): Omit<Answer, 'code' | 'json'> => ({
  status,
  headers: { ...headers, date: '' },
  setCookies,
  text,
})

describe('ENU-01 login answers the same bytes', () => {
  test('for a wrong password, an unknown address and what is no address', async () => {
    const { email } = await signUp(server)
    const wrong = seen(await login(email, 'not the password of ada'))
    expect(wrong).toMatchObject({ status: 401, setCookies: [] })
    const others = [
      newEmail('nobody'),
      email.toUpperCase(),
      ` ${email}`,
      `${email} `,
      email.replace('@', '\uff20'),
      'no address at all',
      'a'.repeat(254),
      '\ud83d\ude00',
      "' or 1=1 --",
    ]
    for (const other of others) expect(seen(await login(other, 'not the password of ada')), other).toEqual(wrong)
    const { email: another } = await signUp(server)
    for (const odd of ['\u0000', '\ud800', PASSWORD.toUpperCase(), `${PASSWORD} `, 'a'.repeat(4096)])
      expect(seen(await login(another, odd)), JSON.stringify(odd)).toEqual(wrong)
  })

  test('for a disabled account, unless the password is right', async () => {
    const { email } = await signUp(server)
    const unknown = seen(await login(newEmail('nobody'), 'not the password of ada'))
    const account = await server.auth.accounts.findByEmail(email)
    await server.auth.sessions.disable(account?.id ?? '')
    expect(seen(await login(email, 'not the password of ada'))).toEqual(unknown)
    expect((await login(email, PASSWORD)).code).toBe('account_disabled')
  })

  test('and is throttled after as many tries, for as long, with the same words', async () => {
    const { email } = await signUp(server)
    const known: Answer[] = []
    const unknown: Answer[] = []
    const nobody = newEmail('nobody')
    for (let attempt = 0; attempt < 8; attempt += 1) {
      known.push(await login(email, 'not the password of ada'))
      unknown.push(await login(nobody, 'not the password of ada'))
    }
    const rounded = (answer: Answer) => {
      const { headers, ...rest } = seen(answer)
      // The two were asked one after the other: within a second or two of the same wait.
      const wait = headers['retry-after']
      return {
        ...rest,
        headers: { ...headers, 'retry-after': wait === undefined ? 'none' : Math.round(Number(wait) / 10) },
      }
    }
    expect(known.map(rounded)).toEqual(unknown.map(rounded))
    expect(known.at(-1)?.code).toBe('throttled')
  })

  test('with users of the application’s own, whatever they answer for nobody', async () => {
    const own = await startRealServer({
      checkPassword: (email, password) =>
        email === 'ada' && password === PASSWORD ? { id: '1' } : email === 'eve' ? null : undefined,
    })
    try {
      const ask = (email: string) => own.ask('POST', 'login', { json: { email, password: 'not the password' } })
      const wrong = seen(await ask('ada'))
      expect(wrong.status).toBe(401)
      expect(seen(await ask('eve'))).toEqual(wrong)
      expect(seen(await ask('nobody'))).toEqual(wrong)
    } finally {
      await own.close()
    }
  })
})

describe('ENU-01 sign-up', () => {
  test('tells that an address is taken, which the threat model admits, and nothing else of it', async () => {
    const { email } = await signUp(server)
    const before = dumpDatabase(server.databaseFile, ['hallpass_throttles'])
    const taken = await server.ask('POST', 'register', { json: { email, password: PASSWORD, name: 'Eve' } })
    expect(taken.status).toBe(409)
    expect(taken.json).toEqual({
      type: 'urn:hallpass:problem:email_taken',
      title: 'There is an account with this e-mail address already',
      status: 409,
      code: 'email_taken',
    })
    expect(taken.setCookies).toEqual([])
    expect(dumpDatabase(server.databaseFile, ['hallpass_throttles'])).toBe(before)
    expect(repositoryText('docs/threat-model.md')).toContain('Sign-up tells whether an address has an account')
  })

  test('looks at the password before it looks for the address, so that a bad one tells nothing', async () => {
    const { email } = await signUp(server)
    const ask = (address: string) => server.ask('POST', 'register', { json: { email: address, password: 'short' } })
    expect(seen(await ask(email))).toEqual(seen(await ask(newEmail('nobody'))))
  })
})
