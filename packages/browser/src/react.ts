// The React door: state that renders when a person signs in or out, and not when a token is renewed.
import { useSyncExternalStore } from 'react'
import type { Auth, AuthState } from './auth.ts'

/** The state of `auth`; on the server and while hydrating it is `loading`. */
export function useAuth<U>(auth: Auth<U>): AuthState<U> {
  const state = (): AuthState<U> => auth.state
  return useSyncExternalStore(auth.subscribe, state, loading)
}

/** The signed-in user, or null. */
export function useUser<U>(auth: Auth<U>): U | null {
  return useAuth(auth).user
}

const LOADING: AuthState<never> = { status: 'loading', user: null, degraded: false }
const loading = (): AuthState<never> => LOADING
