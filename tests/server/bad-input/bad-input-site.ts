// The promise that all files of this folder hold the server to: whatever is sent to whatever endpoint, the answer is a problem
// document, never a 500, repeats nothing, and nothing has changed in the database.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpDatabase } from '../../support/database-dump.ts'
import type { Answer } from '../../support/http-exchange.ts'
import { bearer, PASSWORD, signIn, signUp, type Device } from '../../support/people.ts'
import { startRealServer, type RealServer } from '../../support/real-server.ts'

export interface Endpoint {
  readonly method: string
  readonly path: string
  readonly body: boolean
  readonly token: boolean
  /** Tables in which counting this try is the endpoint's business. */
  readonly counts: readonly string[]
}

const throttled = { body: true, counts: ['hallpass_throttles'] }
const silent = { counts: [] }

export const register: Endpoint = { method: 'POST', path: 'register', token: false, ...throttled }
export const login: Endpoint = { method: 'POST', path: 'login', token: false, ...throttled }
export const refresh: Endpoint = { method: 'POST', path: 'refresh', body: true, token: false, ...silent }
export const endpoints: readonly Endpoint[] = [
  register,
  login,
  refresh,
  { method: 'POST', path: 'logout', body: true, token: false, ...silent },
  { method: 'POST', path: 'password', token: true, ...throttled },
  { method: 'GET', path: 'me', body: false, token: true, ...silent },
  { method: 'GET', path: 'sessions', body: false, token: true, ...silent },
  { method: 'DELETE', path: 'sessions/none', body: false, token: true, ...silent },
  { method: 'GET', path: 'verify', body: false, token: true, ...silent },
]
export const withBody: readonly Endpoint[] = endpoints.filter(({ body }) => body)

export const JSON_TYPE: Headers = [['Content-Type', 'application/json']]

export type Headers = readonly (readonly [name: string, value: string])[]

export interface Site {
  readonly server: RealServer
  /** Somebody who is signed in. */
  readonly ada: Device
  readonly cookieName: string
  /** Sends what must be refused, and holds the server to the promise; `canary` must not come back. */
  refused(
    endpoint: Endpoint,
    question: { readonly headers?: Headers; readonly body?: string | Uint8Array },
    canary?: string,
  ): Promise<Answer>
}

/** Fewer runs than fast-check's own hundred where each costs a password hash. */
export const runs = (numRuns: number): { numRuns: number; endOnFailure: boolean } => ({ numRuns, endOnFailure: true })

let networks = 0
/** One proxy is believed, so that each request can come from a network of its own and no limit hides what is behind it. */
export function somewhere(): readonly [name: string, value: string] {
  networks += 1
  return ['X-Forwarded-For', `2001:db8:${(networks >> 16).toString(16)}:${(networks & 0xffff).toString(16)}::1`]
}

export function assertProblem({ status, headers, json, code, text }: Answer): void {
  expect(status, text).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500)
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(json).toMatchObject({ status, code, type: `urn:hallpass:problem:${code}` })
  expect(code).not.toBe('')
  expect(text).not.toMatch(/at .*\.(ts|js):\d|SQLITE|select |node:|zod/i)
}

/** Starts the server of a test file, and asks at its end whether it still works and told of no bug. */
export function badInputSite(): Site {
  let server: RealServer
  let ada: Device
  beforeAll(async () => {
    server = await startRealServer({ trustedProxies: 1 })
    ada = await signUp(server)
  })
  afterAll(() => server.close())

  return {
    get server() {
      return server
    },
    get ada() {
      return ada
    },
    get cookieName() {
      return `hallpass-${new URL(server.issuer).port}`
    },
    async refused({ method, path, token, counts }, question, canary) {
      const before = dumpDatabase(server.databaseFile, counts)
      const headers = [somewhere(), ...(token ? [bearer(ada)] : []), ...(question.headers ?? [])]
      const answer = await server.ask(method, path, { ...question, headers })
      assertProblem(answer)
      if (canary !== undefined) expect(answer.text).not.toContain(canary)
      expect(answer.setCookies).toEqual([])
      expect(dumpDatabase(server.databaseFile, counts)).toBe(before)
      return answer
    },
  }
}

/** The last test of each file. */
export function stillAtWork(site: Site, requests: number): void {
  test('after all of this, the server still does its work, and told of no bug', async () => {
    const { server, ada } = site
    const headers = [somewhere(), ['Cookie', ada.cookie] as const]
    const again = await signIn(server, ada.email, { json: { email: ada.email, password: PASSWORD }, headers })
    expect((await server.ask('GET', 'me', { headers: [bearer(again)] })).status).toBe(200)
    expect(server.events.filter(({ event }) => event === 'failed')).toEqual([])
    // Counted by the server: had nothing reached it, nothing would have been shown.
    expect(server.events.filter(({ event }) => event === 'refused').length).toBeGreaterThan(requests)
  })
}
