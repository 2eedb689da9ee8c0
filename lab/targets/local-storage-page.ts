// The token is in localStorage.
import { askToSignIn, jsonCall } from '../app/json-call.ts'
import { run } from '../app/page.ts'

const call = (path: string, body?: unknown) =>
  jsonCall(path, body, { authorization: `Bearer ${localStorage.getItem('token')}` })

run({
  restore: async () => localStorage.getItem('token') !== null,
  async signIn(email, password) {
    localStorage.setItem('token', (await askToSignIn(email, password)).accessToken ?? '')
  },
  async signOut() {
    localStorage.removeItem('token')
  },
  call,
  changePassword: async (current, next) => (await call('/api/auth/password', { current, next })).status === 200,
})
