// Who am I: the account behind the access token.
import { json, publicUser } from '../http/answer.ts'
import type { AuthHandler } from '../http/exchange.ts'
import { Refusal } from '../http/problem.ts'
import type { Store } from '../store/store.ts'
import type { Accounts } from './accounts.ts'

export function createMe(options: {
  readonly accounts: Accounts
  readonly store: Store
  readonly ownUsers: boolean
}): AuthHandler {
  return async (_, auth) => {
    const account = options.ownUsers ? undefined : await options.accounts.find(auth.subject)
    if (account !== undefined) {
      const { id, email, emailVerified, name, createdAt } = account
      return json({
        id,
        email,
        emailVerified,
        ...(name !== null && { name }),
        createdAt: new Date(createdAt).toISOString(),
      })
    }
    // Users of the application's own: the session row carries their public face.
    const session = await options.store.session(auth.sessionId)
    if (session === undefined) throw new Refusal('not_found')
    return json(publicUser(session.user))
  }
}
