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

const sentences: Readonly<Record<AuthErrorCode, string>> = {
  signed_out: 'Nobody is signed in',
  session_changed: 'Somebody else is signed in by now',
  unavailable: 'The auth server cannot be reached; try again',
  refused: 'The auth server refused',
  challenge: 'One more step to sign in',
  cookies_blocked: 'Allow cookies for this site to sign in',
}

export class AuthError extends Error {
  override readonly name: string = 'AuthError'
  readonly code: AuthErrorCode
  /** Seconds. */
  declare readonly retryAfter?: number | undefined
  declare readonly problem?: Problem | undefined
  declare readonly challenge?: unknown

  constructor(code: AuthErrorCode, more?: Partial<Pick<AuthError, 'retryAfter' | 'problem' | 'challenge'>>) {
    super(more?.problem?.title ?? sentences[code])
    this.code = code
    Object.assign(this, more)
  }
}

/** The session answer, checked. */
export interface Session {
  readonly sid: string
  readonly token: string
  readonly user: unknown
  /** Milliseconds; a second at least, or a lifetime of zero would mean a refresh for every request. */
  readonly life: number
}

export async function readAnswer(response: Response): Promise<Session | AuthError> {
  const { ok, status, headers } = response
  const body = Object(await response.json().catch(() => 0)) as Record<string, unknown>
  const { accessToken: token, expiresIn, user, challenge } = body
  const sid: unknown = (Object(body.session) as { id?: unknown }).id
  if (ok && typeof token === 'string' && typeof expiresIn === 'number' && typeof sid === 'string')
    return { sid, token, user, life: Math.max(1, expiresIn) * 1000 }

  // Only a problem document is a word of ours. A proxy's page, a captive portal's 401, says nothing about the person.
  const problem = headers.get('content-type')?.includes('problem+json') ? (body as unknown as Problem) : undefined
  const definitive = problem && status < 500 && status !== 429
  return new AuthError(
    status === 204 ? 'signed_out' : challenge ? 'challenge' : definitive ? 'refused' : 'unavailable',
    { problem, challenge, retryAfter: Number(headers.get('retry-after')) },
  )
}
