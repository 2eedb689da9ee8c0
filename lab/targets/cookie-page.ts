// The page of every target whose API knows people by a cookie that only the server handles: the page holds nothing.
import { askToSignIn, jsonCall } from '../app/json-call.ts'
import { run } from '../app/page.ts'

run({
  restore: async () => (await jsonCall('/api/profile')).status === 200,
  async signIn(email, password) {
    await askToSignIn(email, password)
  },
  async signOut() {
    await jsonCall('/api/auth/logout', {})
  },
  call: jsonCall,
  changePassword: async (current, next) => (await jsonCall('/api/auth/password', { current, next })).status === 200,
})
