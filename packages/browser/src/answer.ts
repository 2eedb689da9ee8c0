// What the auth server says, read once: a session, a refusal (RFC 9457), or something that is no word of ours.

/** A problem document, RFC 9457, with the `code` of the wire contract. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title?: string
  readonly detail?: string
  /** The member of the body that was refused, and why. */
  readonly member?: string
  readonly reason?: string
}

/**
 * `signed_out`: nobody is signed in. `session_changed`: somebody else is, by now. `unavailable`: the auth server cannot be
 * reached; try again (`retryAfter`, seconds). `refused`: the server's answer is in `problem`. `challenge`: one more step is
 * asked for, in `challenge`. `cookies_blocked`: this browser keeps no cookies for this site.
 */
export type AuthErrorCode =
  | 'signed_out'
  | 'session_changed'
  | 'unavailable'
  | 'refused'
  | 'challenge'
  | 'cookies_blocked'

interface More {
  readonly retryAfter?: number | undefined
  readonly problem?: Problem
  readonly challenge?: unknown
}

export class AuthError extends Error {
  override readonly name: string = 'AuthError'
  readonly code: AuthErrorCode
  readonly retryAfter: number | undefined
  readonly problem: Problem | undefined
  readonly challenge: unknown

  constructor(code: AuthErrorCode, message: string, { retryAfter, problem, challenge }: More = {}) {
    super(message)
    this.code = code
    this.retryAfter = retryAfter
    this.problem = problem
    this.challenge = challenge
  }
}

/** The session answer, checked. */
export interface Session {
  readonly sid: string
  readonly token: string
  readonly user: unknown
  /** Milliseconds. */
  readonly life: number
}

/** Everything a response of the auth server can mean. */
export type Answer =
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'challenge'; readonly challenge: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** A busy or broken server, a proxy's page, a captive portal: nothing was said about the person. */
  | { readonly kind: 'passing'; readonly retryAfter: number | undefined }

export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  const body = /json/.test(type) ? Object(await response.json().catch(() => null)) : {}
  const { accessToken, expiresIn, session, user, challenge, code } = body as Record<string, unknown>
  if (response.ok) {
    if (status === 202 && challenge) return { kind: 'challenge', challenge }
    const sid: unknown = (Object(session) as { id?: unknown }).id
    if (typeof accessToken === 'string' && typeof expiresIn === 'number' && typeof sid === 'string')
      return { kind: 'session', session: { sid, token: accessToken, user, life: expiresIn * 1000 } }
  } else if (status < 500 && status !== 429 && /problem\+json/.test(type) && typeof code === 'string') {
    return { kind: 'problem', problem: body as Problem }
  }
  return { kind: 'passing', retryAfter: Number(headers.get('retry-after')) || undefined }
}

/** The error a caller gets for an answer that is no session. */
export function errorOf(answer: Exclude<Answer, { kind: 'session' }>): AuthError {
  if (answer.kind === 'challenge') return new AuthError('challenge', 'One more step is needed to sign in', answer)
  if (answer.kind === 'problem')
    return new AuthError('refused', answer.problem.detail ?? answer.problem.title ?? answer.problem.code, answer)
  return new AuthError('unavailable', 'The auth server cannot be reached; try again', answer)
}
