// The demo API: what a service of one's own would do with a pass. The subject comes from the pass; the rest is looked up.
import type { Auth } from '@hallpass/guard'
import type { Hallpass } from '@hallpass/server'
import type { Handler } from 'hono'

/** `GET /api/profile`: whose pass it is, and how the person came by it. */
export function createProfile(accounts: Hallpass['accounts']): Handler<{ Variables: { auth: Auth } }> {
  return async (c) => {
    const { subject, claims } = c.get('auth')
    const account = await accounts.find(subject)
    return c.json({
      id: subject,
      ...(account !== undefined && { email: account.email, ...(account.name !== null && { name: account.name }) }),
      signedInAt: new Date(claims.auth_time * 1000).toISOString(),
      signedInBy: claims.amr,
    })
  }
}
