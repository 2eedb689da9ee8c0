// The token is in a cookie that this page writes, as js-cookie would.
import { askToSignIn, jsonCall } from '../app/json-call.ts'
import { run } from '../app/page.ts'

const write = (value: string, maxAge: number) => {
  document.cookie = `token=${value}; Path=/; Max-Age=${maxAge}${location.protocol === 'https:' ? '; Secure' : ''}`
}

run({
  restore: async () => /(^|; )token=/.test(document.cookie),
  async signIn(email, password) {
    write((await askToSignIn(email, password)).accessToken ?? '', 7 * 86_400)
  },
  async signOut() {
    write('', 0)
  },
  call: jsonCall,
  changePassword: async (current, next) => (await jsonCall('/api/auth/password', { current, next })).status === 200,
})
