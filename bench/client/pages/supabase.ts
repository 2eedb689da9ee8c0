// @supabase/auth-js with its defaults: the session in localStorage, renewed by a ticker. It hands the token out; here it is asked
// before each request, as supabase-js does in front of its own services. Adapter: adapters/supabase.ts.
import { AuthClient } from '@supabase/auth-js'
import { expose } from '../page.ts'

const auth = new AuthClient({ url: `${location.origin}/supabase` })

const token = async (): Promise<string | undefined> => (await auth.getSession()).data.session?.access_token

expose({
  start: async () => (await token()) !== undefined,
  signIn: ({ email, password }) => auth.signInWithPassword({ email, password }),
  async request(address) {
    const bearer = await token()
    return (await fetch(address, { headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } })).status
  },
  signOut: () => auth.signOut(),
})
