// keycloak-js as its guide has it: tokens in memory, `check-sso` in a hidden frame at the start, `updateToken(30)` before each request.
// One default is off, `checkLoginIframe`: it watches a page of Keycloak's own server. Adapter: adapters/oidc.ts.
import Keycloak from 'keycloak-js'
import { expose } from '../page.ts'

const at = (path: string): string => `${location.origin}${path}`
const keycloak = new Keycloak({
  oidcProvider: {
    authorization_endpoint: at('/authorize'),
    token_endpoint: at('/oauth/token'),
    end_session_endpoint: at('/v2/logout'),
  },
  clientId: 'keycloak-js',
})

expose({
  start: () =>
    keycloak.init({
      onLoad: 'check-sso',
      silentCheckSsoRedirectUri: at('/silent-check-sso.html'),
      checkLoginIframe: false,
    }),
  signIn: ({ email }) => keycloak.login({ loginHint: email }),
  async request(address) {
    // The guide catches here, and goes on.
    await keycloak.updateToken(30).catch(() => undefined)
    return (await fetch(address, { headers: { authorization: `Bearer ${keycloak.token}` } })).status
  },
  signOut: () => keycloak.logout(),
})
