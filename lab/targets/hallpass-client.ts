// What the little application's page does with an `auth` of @hallpass/browser, whichever door it came from.
import type { Auth } from '@hallpass/browser'
import type { Client } from '../app/page.ts'

const json = (body: unknown) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

export function clientOf(auth: Auth): Client {
  return {
    restore: async () => (await auth.ready).status === 'in',
    async signIn(email, password) {
      await auth.login({ email, password })
    },
    signOut: () => auth.logout(),
    async call(path, body) {
      const response = await auth.fetch(path, body === undefined ? {} : json(body))
      return { status: response.status, body: await response.json().catch(() => undefined) }
    },
    async changePassword(current, next) {
      const response = await auth.fetch('/api/auth/password', json({ current, next }))
      if (!response.ok) return false
      await auth.adopt(response)
      return true
    },
    onSignedOut(listener) {
      auth.subscribe((now, before) => {
        if (now.status === 'out' && before.status === 'in') listener()
      })
    },
  }
}
