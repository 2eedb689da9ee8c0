// The token is in sessionStorage.
import { askToSignIn, jsonCall } from '../app/json-call.ts'
import { run } from '../app/page.ts'

const call = (path: string, body?: unknown) =>
  jsonCall(path, body, { authorization: `Bearer ${sessionStorage.getItem('token')}` })

run({
  restore: async () => sessionStorage.getItem('token') !== null,
  async signIn(email, password) {
    sessionStorage.setItem('token', (await askToSignIn(email, password)).accessToken ?? '')
  },
  async signOut() {
    sessionStorage.removeItem('token')
  },
  call,
  changePassword: async (current, next) => (await call('/api/auth/password', { current, next })).status === 200,
})
