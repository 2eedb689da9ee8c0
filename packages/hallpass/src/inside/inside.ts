// The door of "Inside your pass": what listens, what watches, and the routes that show it, made together because they share
// one memory. Development only.
import type { Auth, Guard } from '@hallpass/guard'
import type { Hallpass, HallpassEvent } from '@hallpass/server'
import type { Hono } from 'hono'
import { createCookieWatch } from './cookie-seen.ts'
import { createExpirableGuard } from './expirable-guard.ts'
import { createHistory } from './history.ts'
import { createInside } from './routes.ts'

/** The ear exists before the server does: its first events must find somebody. */
export interface Listener {
  readonly hear: (event: HallpassEvent) => void
  open(auth: Hallpass): Inside
}

export interface Inside {
  readonly guard: Pick<Guard, 'check'>
  readonly routes: Hono<{ Variables: { auth: Auth } }>
  /** Looks at an answer of the auth paths and leaves it as it is. */
  look(response: Response): Promise<void>
}

/** How many sessions are remembered, and how many events of each: a person's own machine, with room to spare. */
const SESSIONS = 500
const EVENTS = 30

export function createListener(options: { readonly issuer: string; readonly now: () => number }): Listener {
  const { issuer, now } = options
  const history = createHistory({ now, sessions: SESSIONS, each: EVENTS })
  const cookies = createCookieWatch({ now, sessions: SESSIONS })
  return {
    hear: history.hear,
    open({ guard, keys }) {
      const algorithms = ['ES256'] as const
      const onExpired = (sessionId: string, jti: string) => history.add(sessionId, { what: 'expired', jti })
      const expirable = createExpirableGuard({ guard, keys, issuer, algorithms, onExpired })
      const routes = createInside({ issuer, algorithms, guard, expirable, keys, history, cookies, now })
      return { guard: expirable, routes, look: cookies.look }
    },
  }
}
