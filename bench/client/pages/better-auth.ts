// better-auth's client. Its session is a cookie and never rotates; for a service elsewhere its JWT plugin says: ask `token()` for a
// token and send it. So there is one question to the auth server for each request. Adapter: adapters/better-auth.ts.
import { createAuthClient } from 'better-auth/client'
import { jwtClient } from 'better-auth/client/plugins'
import { expose } from '../page.ts'

const client = createAuthClient({ baseURL: `${location.origin}/better-auth`, plugins: [jwtClient()] })

expose({
  start: async () => Boolean((await client.getSession()).data),
  signIn: (person) => client.signIn.email(person),
  async request(address) {
    const { data } = await client.token()
    return (await fetch(address, { headers: data ? { authorization: `Bearer ${data.token}` } : {} })).status
  },
  signOut: () => client.signOut(),
})
