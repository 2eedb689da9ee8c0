// The server of every Hallpass target: the packages by their doors, mounted in Express as the README shows, with options and page
// headers as the target says. Nothing in it is special to the lab but the clock.
import { join } from 'node:path'
import { bearer } from '@hallpass/guard/express'
import { generateSecret, hallpass, type HallpassOptions } from '@hallpass/server'
import { mount } from '@hallpass/server/express'
import { Router, type RequestHandler } from 'express'
import { createLedger } from '../app/ledger.ts'
import { createLittleApp, type ExtraScript } from '../app/little-app.ts'
import { bundle, type Place, type Running } from './target.ts'

export interface PageOptions {
  /** A file beside the target. */
  readonly page?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Scripts beside the page's own, by their path. */
  readonly files?: Readonly<Record<string, ExtraScript>>
}

export async function startHallpass(
  options: Partial<HallpassOptions>,
  { page = './hallpass-page.ts', headers = {}, files = {} }: PageOptions,
  place: Place,
): Promise<Running> {
  const ledger = createLedger()
  const roles = new Map<string, string>()
  const auth = await hallpass({
    issuer: place.origin,
    secret: generateSecret(),
    database: join(place.directory, 'hallpass.db'),
    claims: ({ user }) => ({ role: roles.get(user.email ?? '') ?? 'member' }),
    now: place.now,
    ...options,
  })

  const known: RequestHandler = async (request, response, next) => {
    const { subject, claims } = request.auth
    response.locals['person'] = { email: (await auth.accounts.find(subject))?.email, role: claims['role'] }
    next()
  }
  const authenticate = Router().use(bearer(auth.guard), known)

  const little = createLittleApp({
    script: await bundle(page),
    authenticate,
    ledger,
    headers,
    files,
    routes: (app) => app.use('/api/auth', mount(auth)),
  })

  return {
    listener: little.app,
    ledger,
    async addPerson(email, password) {
      const { result } = await auth.accounts.create({ email, password })
      if (result !== 'created') throw new Error(`no account: ${result}`)
    },
    setRole: (email, role) => roles.set(email, role),
    setVendor: little.setVendor,
    forget() {
      little.forget()
      ledger.forget()
    },
    close: () => auth.close(),
  }
}
