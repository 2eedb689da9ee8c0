// The token is in a variable of this module; a reload forgets it.
import { askToSignIn, jsonCall } from '../app/json-call.ts'
import { run } from '../app/page.ts'

let token = ''
const call = (path: string, body?: unknown) => jsonCall(path, body, { authorization: `Bearer ${token}` })

run({
  restore: async () => false,
  async signIn(email, password) {
    token = (await askToSignIn(email, password)).accessToken ?? ''
  },
  async signOut() {
    token = ''
  },
  call,
  changePassword: async (current, next) => (await call('/api/auth/password', { current, next })).status === 200,
})
