// The little application that every target is: a profile, money to send, a vote, a page for administrators, and a guest book whose
// author forgot to escape. Only who may come in (`authenticate`) and what the client carries differ from target to target.
import express, { type Express, type Request, type RequestHandler } from 'express'
import type { Ledger } from './ledger.ts'
import { document, style } from './document.ts'
import type { Person } from './people.ts'

/** A script with headers of its own: a worker has a policy of its own. */
export interface ExtraScript {
  readonly script: string
  readonly headers: Readonly<Record<string, string>>
}

export interface LittleAppOptions {
  /** The client of this target, bundled. */
  readonly script: string
  /** Answers 401 or puts the person into `response.locals.person`. */
  readonly authenticate: RequestHandler
  readonly ledger: Ledger
  /** Headers of every answer that is not the API's. */
  readonly headers?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, ExtraScript>>
  /** The sign-in of this target; mounted before the rest. */
  readonly routes: (app: Express) => void
}

export interface LittleApp {
  readonly app: Express
  /** The script of a dependency, loaded before the application's own: what a supply chain can change. */
  setVendor(code: string): void
  forget(): void
}

export function createLittleApp(options: LittleAppOptions): LittleApp {
  const { script, authenticate, ledger, headers = {}, files = {}, routes } = options
  let vendor = '/* a dependency */'
  const notes: string[] = []
  const app = express()
  app.disable('x-powered-by')
  app.use((_, response, next) => {
    response.set(headers)
    next()
  })
  app.post('/policy-report', express.json({ type: 'application/csp-report' }), (request, response) => {
    const { 'csp-report': report } = Object(request.body) as { 'csp-report'?: Record<string, unknown> }
    const said = [report?.['effective-directive'], report?.['blocked-uri']].filter((word) => typeof word === 'string')
    ledger.write({ deed: 'policy-report', by: '', detail: said.join(' '), from: 'browser' })
    response.status(204).end()
  })
  // As tutorials have it: JSON, and forms too.
  app.use(express.json(), express.urlencoded({ extended: true }))
  routes(app)

  const from = (request: Request) => (request.get('user-agent') === 'outside' ? 'outside' : 'browser')
  app.get('/api/profile', noStore, authenticate, (request, response) => {
    const { email, role } = response.locals['person'] as Person
    ledger.write({ deed: 'profile', by: email, detail: '', from: from(request) })
    response.json({ email, role })
  })
  app.post('/api/transfer', noStore, authenticate, (request, response) => {
    const { email } = response.locals['person'] as Person
    const { to } = Object(request.body) as { to?: unknown }
    ledger.write({ deed: 'transfer', by: email, detail: String(to), from: from(request) })
    response.json({ sent: true })
  })
  // A change by GET: a common mistake, and a real one.
  app.get('/api/vote', noStore, authenticate, (request, response) => {
    const { email } = response.locals['person'] as Person
    ledger.write({
      deed: 'vote',
      by: email,
      detail: typeof request.query['for'] === 'string' ? request.query['for'] : '',
      from: from(request),
    })
    response.json({ counted: true })
  })
  app.get('/api/admin', noStore, authenticate, (request, response) => {
    const { email, role } = response.locals['person'] as Person
    if (role !== 'admin') {
      response.status(403).json({ error: 'administrators only' })
      return
    }
    ledger.write({ deed: 'admin', by: email, detail: '', from: from(request) })
    response.json({ secret: 'everybody’s salary' })
  })
  app.get('/api/notes', noStore, (_, response) => void response.json(notes))
  app.post('/api/notes', (request, response) => {
    notes.push(String((Object(request.body) as { text?: unknown }).text))
    response.status(201).end()
  })

  const send =
    (type: string, body: () => string): RequestHandler =>
    (_, response) =>
      void response.type(type).send(body())
  app.get(
    '/',
    send('html', () => document),
  )
  app.get(
    '/about',
    send('html', () => '<!doctype html><title>About</title><p>About us. <a href="/">Back</a>'),
  )
  app.get(
    '/style.css',
    send('css', () => style),
  )
  app.get(
    '/app.js',
    send('js', () => script),
  )
  for (const [path, file] of Object.entries(files))
    app.get(path, (_, response) => void response.set(file.headers).type('js').send(file.script))
  app.get(
    '/vendor.js',
    noStore,
    send('js', () => vendor),
  )
  return {
    app,
    setVendor: (code) => (vendor = code),
    forget() {
      vendor = '/* a dependency */'
      notes.splice(0)
    },
  }
}

const noStore: RequestHandler = (_, response, next) => {
  response.set('cache-control', 'no-store')
  next()
}
