// oidc-client-ts with its defaults: the user in sessionStorage (so each tab has a session of its own), `automaticSilentRenew`. With
// `offline_access`, as its page on the refresh token grant says, or it would renew by iframe. Adapter: adapters/oidc.ts.
import { UserManager } from 'oidc-client-ts'
import { expose } from '../page.ts'

const home = `${location.origin}/`
const manager = new UserManager({
  authority: location.origin,
  client_id: 'oidc-client-ts',
  redirect_uri: home,
  post_logout_redirect_uri: home,
  scope: 'openid offline_access',
})

expose({
  async start() {
    if (new URLSearchParams(location.search).has('code')) {
      await manager.signinCallback()
      history.replaceState({}, '', home)
    }
    return (await manager.getUser()) !== null
  },
  signIn: ({ email }) => manager.signinRedirect({ login_hint: email }),
  async request(address) {
    const user = await manager.getUser()
    return (await fetch(address, { headers: user ? { authorization: `Bearer ${user.access_token}` } : {} })).status
  },
  signOut: () => manager.signoutRedirect(),
})
