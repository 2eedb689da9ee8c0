// What the auth server says, read once: a session, or the error that tells why there is none.

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
 * reached or is too busy; try again, after `retryAfter` seconds if it says so. `refused`: it said no, and `problem` why.
 * `challenge`: one more step is asked for, in `challenge`. `cookies_blocked`: this browser keeps no cookies for this site.
 */
export type AuthErrorCode =
  | 'signed_out'
  | 'session_changed'
  | 'unavailable'
  | 'refused'
  | 'challenge'
  | 'cookies_blocked'

export class AuthError extends Error {
  override readonly name: string = 'AuthError'
  declare readonly code: AuthErrorCode
  /** Seconds. */
  declare readonly retryAfter?: number
  declare readonly problem?: Problem | undefined
  declare readonly challenge?: unknown

  constructor(code: AuthErrorCode, more?: Partial<Pick<AuthError, 'retryAfter' | 'problem' | 'challenge'>>) {
    super(more?.problem?.title ?? code)
    Object.assign(this, { code }, more)
  }
}

/** The session answer, checked: what a tab holds while somebody is signed in. */
export interface Session {
  /** Its public id. */
  readonly sid: string
  readonly token: string
  readonly user: unknown
  /** The user as JSON, to tell one person from another. */
  readonly who: string
  /** Milliseconds; a second at least, or a lifetime of zero would mean a refresh for every request. */
  readonly life: number
  /** When it was asked for, as `Date.now()`: its life counts from there. */
  readonly born: number
}

/**
 * Reads the session that a response carries.
 *
 * @throws AuthError for everything else; `signed_out` when that is what it says
 */
export async function readSession(response: Response, born: number): Promise<Session> {
  const { status, headers } = response
  const body = Object(await response.json().catch(() => 0)) as Record<string, unknown>
  const { accessToken: token, expiresIn, user, challenge } = body
  const { id: sid } = Object(body.session) as { readonly id?: unknown }
  if (user && typeof token === 'string' && typeof sid === 'string')
    return { sid, token, user, who: JSON.stringify(user), life: Math.max(1, Number(expiresIn)) * 1000, born }

  // Only a problem document is a word of ours. A proxy's page, a captive portal's 401, says nothing about the person.
  const problem = headers.get('content-type')?.includes('problem+json') ? (body as unknown as Problem) : undefined
  // 429 and every 5xx are passing.
  const definitive = problem && status < 429
  throw new AuthError(
    status === 204 ? 'signed_out' : challenge ? 'challenge' : definitive ? 'refused' : 'unavailable',
    { problem, challenge, retryAfter: Number(headers.get('retry-after')) || 0 },
  )
}
