// auth0-spa-js as its README has it, requests by its own `createFetcher`. Adapter: adapters/oidc.ts.
import { createAuth0Client, type Auth0Client } from '@auth0/auth0-spa-js'
import { expose } from '../page.ts'

/** @param options what differs from the README's own lines */
export function exposeAuth0(options: { readonly useRefreshTokens?: boolean } = {}): void {
  const home = `${location.origin}/`
  const created: Promise<Auth0Client> = createAuth0Client({
    domain: location.origin,
    clientId: 'auth0-spa-js',
    authorizationParams: { redirect_uri: home },
    ...options,
  })
  const fetcher = created.then((auth0) => auth0.createFetcher())

  expose({
    async start() {
      const auth0 = await created
      if (new URLSearchParams(location.search).has('code')) {
        await auth0.handleRedirectCallback()
        history.replaceState({}, '', home)
      }
      return auth0.isAuthenticated()
    },
    signIn: async ({ email }) =>
      (await created).loginWithRedirect({ authorizationParams: { login_hint: email, redirect_uri: home } }),
    request: async (address) => (await (await fetcher).fetchWithAuth(address)).status,
    signOut: async () => (await created).logout({ logoutParams: { returnTo: home } }),
  })
}
