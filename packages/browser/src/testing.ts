// The testing door: an auth whose state a test sets. It sends requests as they are, so that they can be answered by whatever the test
// has put in the place of `fetch`.
import { AuthError, type AuthErrorCode } from './answer.ts'
import type { Auth, AuthState } from './auth.ts'

export interface MockAuth<U> extends Auth<U> {
  signIn(user: U): void
  signOut(): void
  /** Whether the auth server can be reached: `degraded`. */
  reach(reachable: boolean): void
  /** Every call of `login` and `logout`, oldest first. */
  readonly calls: readonly (readonly ['login' | 'logout', unknown])[]
}

/**
 * Creates an auth for tests of components and loaders.
 *
 * @param user who is signed in at first; undefined for nobody
 * @param login what `login` comes to: a user, or the error it throws
 */
export function createMockAuth<U>(
  user?: U,
  login: (body: unknown) => U | AuthErrorCode = () => 'refused',
): MockAuth<U> {
  const listeners = new Set<(now: AuthState<U>, before: AuthState<U>) => void>()
  const calls: (readonly ['login' | 'logout', unknown])[] = []
  let state: AuthState<U> = { status: user === undefined ? 'out' : 'in', user: user ?? null, degraded: false }
  const become = (now: AuthState<U>): void => {
    const before = state
    state = now
    for (const listener of listeners) listener(now, before)
  }
  const signIn = (person: U): void => become({ status: 'in', user: person, degraded: false })
  const signOut = (): void => become({ status: 'out', user: null, degraded: false })

  return {
    calls,
    signIn,
    signOut,
    reach: (reachable) => become({ ...state, degraded: !reachable }),
    get state() {
      return state
    },
    get user() {
      return state.user
    },
    get ready() {
      return Promise.resolve(state)
    },
    async fetch(input, init) {
      if (state.status === 'out') throw new AuthError('signed_out')
      return globalThis.fetch(input, init)
    },
    async login(body) {
      calls.push(['login', body])
      const outcome = login(body)
      if (isCode(outcome)) throw new AuthError(outcome)
      signIn(outcome)
      return outcome
    },
    async adopt(response) {
      const { user: person } = (await response.json()) as { readonly user: U }
      signIn(person)
      return person
    },
    async logout(options) {
      calls.push(['logout', options])
      signOut()
    },
    refresh: () => Promise.resolve(state),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispose: () => listeners.clear(),
  }
}

function isCode(outcome: unknown): outcome is AuthErrorCode {
  return typeof outcome === 'string'
}
