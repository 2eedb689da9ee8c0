// The client of these pages: one for the whole tab. The access token lives inside it and never comes out.
import { createAuth, type AuthEvent } from '@hallpass/browser'

export interface User {
  readonly id: string
  readonly email?: string
  readonly name?: string
}

/** What this tab heard of its own client; `at` in milliseconds since 1970, by this tab's clock. */
export interface TabEvent {
  readonly event: AuthEvent
  readonly at: number
}

const LONGEST = 30
let heard: readonly TabEvent[] = []

export const auth = createAuth<User>({
  user: readUser,
  onEvent: (event) => {
    heard = [{ event, at: Date.now() }, ...heard].slice(0, LONGEST)
  },
})

/** The newest first. */
export function tabEvents(): readonly TabEvent[] {
  return heard
}

function readUser(raw: unknown): User {
  if (typeof raw !== 'object' || raw === null || !('id' in raw) || typeof raw.id !== 'string')
    throw new TypeError('a session answer names its user')
  const email = 'email' in raw && typeof raw.email === 'string' ? raw.email : undefined
  const name = 'name' in raw && typeof raw.name === 'string' ? raw.name : undefined
  return { id: raw.id, ...(email !== undefined && { email }), ...(name !== undefined && { name }) }
}
