// Requests that another site makes in somebody's name (CSR-01 to CSR-05), as headers over a real socket. What a real browser sends,
// and that it sends exactly this, is shown in tests/browser/attacks-csr.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpDatabase } from '../support/database-dump.ts'
import type { Answer, Question } from '../support/http-exchange.ts'
import { bearer, newEmail, PASSWORD, signIn, signUp, type Device } from '../support/people.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'

const PARTNER = 'https://partner.example'
let server: RealServer
let victim: Device

beforeAll(async () => {
  server = await startRealServer({ origins: [PARTNER] })
  victim = await signUp(server)
})
afterAll(() => server.close())

type Headers = readonly (readonly [string, string])[]

/** Every endpoint that the cookie authenticates or that sets it, with a body that would be good. */
const endpoints: readonly (readonly [path: string, json: () => unknown])[] = [
  ['refresh', () => ({})],
  ['logout', () => ({ everywhere: true })],
  ['login', () => ({ email: victim.email, password: PASSWORD })],
  ['register', () => ({ email: newEmail('eve'), password: PASSWORD })],
  ['password', () => ({ current: PASSWORD, next: 'another long password' })],
]

/** Sends it as the victim's browser would, cookie and token included, and demands that nothing came of it. */
async function refused(path: string, question: Question, status: number, code: string): Promise<Answer> {
  const before = dumpDatabase(server.databaseFile)
  const headers = [...(question.headers ?? []), ['Cookie', victim.cookie] as const, bearer(victim)]
  const answer = await server.ask('POST', path, { ...question, headers })
  expect({ status: answer.status, code: answer.code }, `${path} ${JSON.stringify(question)}`).toEqual({
    status,
    code,
  })
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.setCookies).toEqual([])
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  expect(dumpDatabase(server.databaseFile)).toBe(before)
  return answer
}

const evil: readonly (readonly [what: string, headers: Headers])[] = [
  [
    'a fetch from another site',
    [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'cors'],
      ['Origin', 'https://evil.example'],
    ],
  ],
  [
    'a no-cors fetch or beacon from another site',
    [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'no-cors'],
      ['Origin', 'https://evil.example'],
    ],
  ],
  [
    'a form on another site',
    [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Origin', 'https://evil.example'],
    ],
  ],
  [
    'a form on a sibling host, with the Strict cookie',
    [
      ['Sec-Fetch-Site', 'same-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Origin', 'https://sibling.example'],
    ],
  ],
  [
    'a fetch from a sibling host, with the Strict cookie',
    [
      ['Sec-Fetch-Site', 'same-site'],
      ['Sec-Fetch-Mode', 'no-cors'],
      ['Origin', 'https://sibling.example'],
    ],
  ],
  [
    'a sandboxed frame',
    [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Origin', 'null'],
    ],
  ],
  [
    'a form of our own page: no client of ours navigates',
    [
      ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Fetch-Mode', 'navigate'],
    ],
  ],
  [
    'an address that was typed',
    [
      ['Sec-Fetch-Site', 'none'],
      ['Sec-Fetch-Mode', 'navigate'],
    ],
  ],
  [
    'a prerendered page',
    [
      ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Purpose', 'prefetch;prerender'],
    ],
  ],
  ['a site the browser has no word for', [['Sec-Fetch-Site', 'same-origin, cross-site']]],
  [
    'two words about the site',
    [
      ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Fetch-Site', 'cross-site'],
    ],
  ],
  ['an old browser on another site', [['Origin', 'https://evil.example']]],
  [
    'an old browser, and a header that names a good place',
    [
      ['Origin', 'https://evil.example'],
      ['Referer', 'http://localhost/'],
    ],
  ],
]

describe('CSR-01 every endpoint of the cookie refuses', () => {
  test.each(evil)('%s', async (_, headers) => {
    for (const [path, json] of endpoints) await refused(path, { headers, json: json() }, 403, 'forbidden_origin')
  })

  test('and takes the same request from our own page', async () => {
    const own = await signUp(server)
    const headers = [
      ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Fetch-Mode', 'cors'],
      ['Cookie', own.cookie],
    ] as const
    expect((await server.ask('POST', 'refresh', { headers, json: {} })).status).toBe(200)
    expect((await server.ask('POST', 'logout', { headers, json: {} })).status).toBe(204)
  })

  test('and from an origin on the list, which alone gets CORS headers with credentials', async () => {
    const own = await signUp(server)
    const ask = (origin: string) =>
      server.ask('POST', 'refresh', {
        headers: [
          ['Sec-Fetch-Site', 'cross-site'],
          ['Sec-Fetch-Mode', 'cors'],
          ['Origin', origin],
          ['Cookie', own.cookie],
        ],
      })
    const { status, headers } = await ask(PARTNER)
    expect(status).toBe(200)
    expect(headers['access-control-allow-origin']).toBe(PARTNER)
    expect(headers['access-control-allow-credentials']).toBe('true')
    expect(headers['vary']).toContain('Origin')
    const alike = [
      'http://partner.example',
      'https://partner.example:444',
      'https://partner.example.evil.example',
      'https://PARTNER.example',
      'https://partner.example/',
      'https://xpartner.example',
      'null',
    ]
    for (const origin of alike) {
      const answer = await ask(origin)
      expect(answer.status, origin).toBe(403)
      expect(answer.headers['access-control-allow-origin'], origin).toBeUndefined()
    }
  })

  test('and answers a preflight only for an origin on the list', async () => {
    const preflight = (origin: string) =>
      server.ask('OPTIONS', 'refresh', {
        headers: [
          ['Origin', origin],
          ['Access-Control-Request-Method', 'POST'],
        ],
      })
    expect((await preflight(PARTNER)).headers['access-control-allow-methods']).toContain('POST')
    const { status, headers } = await preflight('https://evil.example')
    expect(status).toBe(405)
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })
})

describe('CSR-02 a body that a form can send does nothing', () => {
  const types = [
    'text/plain',
    'text/plain;charset=UTF-8',
    'Application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonp',
    'application/json2',
    'text/json',
    ' ',
    ',application/json',
  ]
  test.each(types)('%j', async (type) => {
    // The hardest case: nothing else gives the request away, so that the type alone must stop it.
    for (const [path, json] of endpoints) {
      await refused(path, { headers: [['Content-Type', type]], body: JSON.stringify(json()) }, 415, 'json_required')
    }
  })

  test('no type at all', async () => {
    for (const [path, json] of endpoints) await refused(path, { body: JSON.stringify(json()) }, 415, 'json_required')
  })

  test('an empty form still has its type', async () => {
    const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const
    for (const path of ['refresh', 'logout']) await refused(path, { headers, body: '' }, 415, 'json_required')
  })
})

describe('CSR-03 without Sec-Fetch-* the Origin decides', () => {
  test('Origin null is refused, and so is every spelling that is not the issuer', async () => {
    const { host } = new URL(server.issuer)
    for (const origin of [
      'null',
      `https://${host}`,
      `${server.issuer}/`,
      server.issuer.toUpperCase(),
      'http://localhost',
      `${server.issuer}.evil.example`,
      '',
    ]) {
      for (const [path, json] of endpoints)
        await refused(path, { headers: [['Origin', origin]], json: json() }, 403, 'forbidden_origin')
    }
  })

  test('the issuer passes', async () => {
    const own = await signUp(server)
    const headers = [
      ['Origin', server.issuer],
      ['Cookie', own.cookie],
    ] as const
    expect((await server.ask('POST', 'refresh', { headers })).status).toBe(200)
  })

  test('neither header is a program, as docs/wire.md says, and passes', async () => {
    const own = await signUp(server)
    expect((await server.ask('POST', 'refresh', { headers: [['Cookie', own.cookie]] })).status).toBe(200)
  })
})

describe('CSR-04 nobody is signed in as somebody else from outside', () => {
  test('a login or a sign-up of the attacker’s, posted from another site, sets no cookie and ends nothing', async () => {
    const attacker = await signUp(server, newEmail('eve'))
    const json = { email: attacker.email, password: PASSWORD }
    for (const [, headers] of evil) await refused('login', { headers, json }, 403, 'forbidden_origin')
    for (const [, headers] of evil)
      await refused('register', { headers, json: { ...json, email: newEmail('eve') } }, 403, 'forbidden_origin')
    expect((await server.ask('POST', 'refresh', { headers: [['Cookie', victim.cookie]] })).status).toBe(200)
  })
})

describe('CSR-05 nothing overrides the method', () => {
  const overrides: Headers = [
    ['X-HTTP-Method-Override', 'POST'],
    ['X-HTTP-Method', 'POST'],
    ['X-Method-Override', 'POST'],
  ]

  test('a GET that says it is a POST is a GET', async () => {
    const own = await signUp(server)
    const before = dumpDatabase(server.databaseFile)
    for (const [path] of endpoints) {
      for (const header of overrides) {
        const headers = [header, ['Cookie', own.cookie] as const, bearer(own)]
        const answer = await server.ask('GET', `${path}?_method=POST`, { headers })
        expect(answer.status, path).toBe(405)
        expect(answer.headers['allow']).toBe('POST')
      }
    }
    for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      expect((await server.ask(method, 'logout', { headers: [['Cookie', own.cookie]] })).status, method).toBe(405)
    }
    expect(dumpDatabase(server.databaseFile)).toBe(before)
  })

  test('a POST that says it is a DELETE ends no session', async () => {
    const own = await signUp(server)
    const other = await signIn(server, own.email)
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      const path = `sessions/${other.sessionId}?_method=DELETE`
      const answer = await server.ask('POST', path, {
        headers: [[name, 'DELETE'], bearer(own)],
        json: { _method: 'DELETE' },
      })
      expect(answer.status).toBe(405)
    }
    expect((await server.ask('POST', 'refresh', { headers: [['Cookie', other.cookie]] })).status).toBe(200)
  })
})
