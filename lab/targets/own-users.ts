// What every target that keeps its own users does alike: changing a password, and the strings the lab pulls.
import type { RequestHandler } from 'express'
import type { Ledger } from '../app/ledger.ts'
import type { LittleApp } from '../app/little-app.ts'
import type { People } from '../app/people.ts'
import type { Running } from './target.ts'

/** Behind what says who asks (`response.locals.person`). None of these targets ends a session for it. */
export function changePassword(people: People): RequestHandler {
  return (request, response) => {
    const { current, next } = Object(request.body) as { current?: unknown; next?: unknown }
    const { email } = response.locals['person'] as { email: string }
    if (people.prove(email, String(current)) === undefined) {
      response.status(403).json({})
      return
    }
    people.setPassword(email, String(next))
    response.json({})
  }
}

export function running(
  little: LittleApp,
  people: People,
  ledger: Ledger,
  close: () => void | Promise<void> = () => undefined,
): Running {
  return {
    listener: little.app,
    ledger,
    addPerson: people.add,
    setRole: people.setRole,
    setVendor: little.setVendor,
    forget() {
      little.forget()
      ledger.forget()
    },
    close: async () => close(),
  }
}
