// Who is measured, and what of theirs is counted as a refresh.

export interface Contender {
  readonly name: string
  /** The npm package whose version is named beside it. */
  readonly peer?: string
  /** In pages/. */
  readonly page: string
  /** What it asks the auth server for a new token; counted in front of the server, or of the adapter. */
  readonly refresh: readonly string[]
  /** Whether it has a request function of its own, or hands the token to the application. */
  readonly attaches: boolean
}

export const CONTENDERS: readonly Contender[] = [
  { name: 'hallpass', page: 'ours', refresh: ['/api/auth/refresh'], attaches: true },
  { name: 'tutorial’s interceptor', page: 'tutorial', refresh: ['/api/auth/refresh'], attaches: true },
  {
    name: 'axios-auth-refresh',
    peer: 'axios-auth-refresh',
    page: 'axios-auth-refresh',
    refresh: ['/api/auth/refresh'],
    attaches: true,
  },
  {
    name: 'supabase auth-js',
    peer: '@supabase/auth-js',
    page: 'supabase',
    refresh: ['/supabase/token'],
    attaches: false,
  },
  {
    name: 'oidc-client-ts',
    peer: 'oidc-client-ts',
    page: 'oidc-client-ts',
    refresh: ['/oauth/token'],
    attaches: false,
  },
  { name: 'keycloak-js', peer: 'keycloak-js', page: 'keycloak-js', refresh: ['/oauth/token'], attaches: false },
  {
    name: 'auth0-spa-js',
    peer: '@auth0/auth0-spa-js',
    page: 'auth0-spa-js',
    refresh: ['/oauth/token'],
    attaches: true,
  },
  {
    name: 'auth0-spa-js, refresh tokens',
    peer: '@auth0/auth0-spa-js',
    page: 'auth0-refresh-tokens',
    refresh: ['/oauth/token'],
    attaches: true,
  },
  {
    name: 'better-auth',
    peer: 'better-auth',
    page: 'better-auth',
    refresh: ['/better-auth/token', '/better-auth/get-session'],
    attaches: false,
  },
]
