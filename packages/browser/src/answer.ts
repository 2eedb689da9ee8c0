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

export class AuthError extends Error {
  override readonly name: string = 'AuthError'
  readonly code: AuthErrorCode
  readonly retryAfter: number | undefined
  readonly problem: Problem | undefined
  readonly challenge: unknown

  constructor(
    code: AuthErrorCode,
    message: string,
    more: { readonly retryAfter?: number | undefined; readonly problem?: Problem; readonly challenge?: unknown } = {},
  ) {
    super(message)
    this.code = code
    this.retryAfter = more.retryAfter
    this.problem = more.problem
    this.challenge = more.challenge
  }
}
