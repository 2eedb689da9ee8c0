// What people hold: the options, the state and the object that createAuth returns. Types only.

export interface AuthOptions<U> {
  /** Where the auth endpoints are, against the page's address; `/api/auth/` when left out. */
  readonly base?: string | URL
  /** The exact origins whose requests may carry the token; the page's own (and that of `base`) when left out. */
  readonly origins?: readonly (string | URL)[]
  /** Shapes or checks the `user` of a session answer; what it throws is a failed sign-in. */
  readonly user?: (raw: unknown) => U
  /** Seconds before expiry from which a token is renewed; 30 when left out. */
  readonly margin?: number
  /** Milliseconds a caller waits for a refresh; 10,000 when left out. The refresh itself is never aborted. */
  readonly timeout?: number
  /** Whether tabs of this browser may hand the token to each other; true when left out. */
  readonly share?: boolean
  /** Names the lock and the channel; clients of one name and one origin work together. */
  readonly name?: string
  /** Called once for each session that ends, in every tab. */
  readonly onSignedOut?: (why: SignedOutReason, state: AuthState<U>) => void
  /** Hears what happened, for a log or a page that explains; never a secret. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** `logout`: here. `other-tab`: in another tab. `expired`: the server said so. `no-cookie`: the browser kept no cookie. */
export type SignedOutReason = 'logout' | 'other-tab' | 'expired' | 'no-cookie'

/** `handed-over`: another tab gave its token. `unavailable`: the auth server could not be reached, or was too busy. */
export type AuthEvent = 'signed-in' | 'refreshed' | 'handed-over' | 'signed-out' | 'unavailable'

export interface AuthState<U> {
  /** `loading` until it is known whether somebody is signed in. */
  readonly status: 'loading' | 'in' | 'out'
  readonly user: U | null
  /** The auth server cannot be reached for the moment; nobody was signed out. */
  readonly degraded: boolean
}

export interface Auth<U = unknown> {
  /** Immutable; the same object until something really changes (a renewed token changes nothing). */
  readonly state: AuthState<U>
  readonly user: U | null
  /** The state after the first attempt to restore the session; never rejects. */
  readonly ready: Promise<AuthState<U>>
  /**
   * As the global `fetch`, with the access token for allowed origins; bound, so it can be handed to ky, SWR or axios.
   *
   * @throws AuthError when no token can be had (`signed_out`, `unavailable`, `session_changed`), else what `fetch` throws
   */
  readonly fetch: typeof globalThis.fetch
  /**
   * Sends `body` to `base` + `path` (`login` when left out) and takes up the session it answers with.
   *
   * @throws AuthError `refused` with the server's problem, `challenge`, `unavailable` or `cookies_blocked`
   */
  login(body: unknown, init?: { readonly path?: string; readonly signal?: AbortSignal }): Promise<U>
  /** Takes up the session of any response that carries one: sign-up, passkey, OAuth callback, password change. */
  adopt(response: Response): Promise<U>
  /** Signs out: here at once, in the other tabs, and on the server, at the next start if it cannot be reached now. */
  logout(options?: { readonly everywhere?: boolean }): Promise<void>
  /** Asks the server for a new token, after a change of role for instance; never rejects. */
  refresh(): Promise<AuthState<U>>
  /** Calls `listener` after every change; returns the way to stop it. */
  subscribe(listener: (now: AuthState<U>, before: AuthState<U>) => void): () => void
  /** Lets go of every timer, listener, channel and lock; signs nobody out. */
  dispose(): void
}
