// People of a test: somebody signed up on a real server, and the requests their browser would make.
import { cookiePairs, type Answer, type Question } from './http-exchange.ts'
import type { RealServer } from './real-server.ts'

export const PASSWORD = 'correct horse battery'

/** A device that is signed in. */
export interface Device {
  readonly email: string
  readonly sessionId: string
  readonly accessToken: string
  /** `name=value`, for a Cookie header. */
  readonly cookie: string
  /** The refresh token alone. */
  readonly refreshToken: string
}

let people = 0

/** An e-mail address nobody has had before. */
export function newEmail(name = 'ada'): string {
  people += 1
  return `${name}-${people}@example.com`
}

/** Signs somebody new up. */
export async function signUp(server: RealServer, email: string = newEmail(), question: Question = {}): Promise<Device> {
  return device(email, await server.ask('POST', 'register', { json: { email, password: PASSWORD }, ...question }))
}

/** Signs somebody in on another device. */
export async function signIn(server: RealServer, email: string, question: Question = {}): Promise<Device> {
  return device(email, await server.ask('POST', 'login', { json: { email, password: PASSWORD }, ...question }))
}

/** Reads a session answer. */
export function device(email: string, answer: Answer): Device {
  const [cookie = ''] = cookiePairs(answer)
  const { accessToken, session } = answer.json
  const { id } = (session ?? {}) as { readonly id?: unknown }
  if (typeof accessToken !== 'string' || typeof id !== 'string' || cookie === '')
    throw new Error(`no session answer: ${answer.status} ${answer.text}`)
  return { email, sessionId: id, accessToken, cookie, refreshToken: cookie.slice(cookie.indexOf('=') + 1) }
}

/** The bearer header of a device. */
export function bearer({ accessToken }: Device): readonly [string, string] {
  return ['Authorization', `Bearer ${accessToken}`]
}
