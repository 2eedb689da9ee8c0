// Hallpass in a page, as the README shows.
import { createAuth } from '@hallpass/browser'
import { run } from '../app/page.ts'

const auth = createAuth()

run({
  restore: async () => (await auth.ready).status === 'in',
  async signIn(email, password) {
    await auth.login({ email, password })
  },
  signOut: () => auth.logout(),
  async call(path, body) {
    const response = await auth.fetch(
      path,
      body === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    )
    return { status: response.status, body: await response.json().catch(() => undefined) }
  },
  async changePassword(current, next) {
    const response = await auth.fetch('/api/auth/password', {
      method: 'POST',
      body: JSON.stringify({ current, next }),
      headers: { 'content-type': 'application/json' },
    })
    if (!response.ok) return false
    await auth.adopt(response)
    return true
  },
  onSignedOut(listener) {
    auth.subscribe((now, before) => {
      if (now.status === 'out' && before.status === 'in') listener()
    })
  },
})
