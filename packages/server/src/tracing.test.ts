// What a real OpenTelemetry SDK hears of a person's day, in a process of its own: a span for each request, the database and the password hash
// within it, and nobody's name, address or token in any of them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScript } from '../../../tests/support/script.ts'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-tracing-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Told {
  readonly name: string
  readonly id: string
  readonly parent?: string
  readonly status: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
}
interface Steps {
  readonly start: readonly Told[]
  readonly register: readonly Told[]
  readonly refresh: readonly Told[]
  readonly others: readonly Told[]
  readonly outer: string
  readonly joined: readonly Told[]
  /** Everything the exporter was given, whole. */
  readonly whole: string
  readonly ada: { readonly sessionId: string; readonly token: string; readonly cookie: string }
}

const SDK = `
  const { context, trace } = await import('@opentelemetry/api')
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks')
  const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace')
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  let whole = ''
  const taken = () => {
    const spans = exporter.getFinishedSpans()
    exporter.reset()
    return spans.map((span) => {
      const { name, attributes, events, status } = span
      whole += JSON.stringify({ name, attributes, events, status })
      return {
        name,
        attributes,
        id: span.spanContext().spanId,
        parent: span.parentSpanContext?.spanId,
        status: status.code,
        events: events.map((event) => event.name),
      }
    })
  }`

const DAY = `${SDK}
  const { open, PASSWORD } = await load('../../../tests/support/in-process.ts')
  const { auth, clock, device } = await open({ database: process.env.DATABASE + '-a.db' })
  const steps = { start: taken() }
  const ada = device('198.51.100.7')
  await ada.post('register', { email: 'ada@example.com', password: PASSWORD, name: 'Ada Lovelace' })
  const first = { token: ada.token, cookie: ada.cookie, sessionId: ada.sessionId }
  steps.register = taken()
  clock.advance(60_000)
  // Twice a minute a process looks whether its keys are still the keys, whoever comes first.
  await ada.get('jwks')
  taken()
  await ada.post('refresh')
  steps.refresh = taken()
  await ada.get('me')
  await ada.delete('sessions/' + ada.sessionId)
  await ada.get('me')
  await device().get('no/such/thing/as/ada@example.com')
  steps.others = taken()
  await auth.close()

  const failing = await open({
    database: process.env.DATABASE + '-b.db',
    checkPassword: () => Promise.reject(new RangeError('the password was hunter2')),
  })
  const outer = provider.getTracer('the framework').startSpan('POST /api/auth/login')
  await context.with(trace.setSpan(context.active(), outer), () =>
    failing.device().post('login', { email: 'ada@example.com', password: 'x' }))
  steps.outer = outer.spanContext().spanId
  steps.joined = taken()
  await failing.auth.close()
  console.log('steps ' + JSON.stringify({ ...steps, whole, ada: first }))
  process.exit(0)`

let steps: Steps
beforeAll(async () => {
  const line = await startScript(DAY, import.meta.url, { DATABASE: join(directory, 'hallpass') }).line('steps ')
  steps = JSON.parse(line.slice('steps '.length)) as Steps
})

const named = (spans: readonly Told[], name: string) => spans.filter((span) => span.name === name)

test('each request is a span, and what it waited for stands within it', () => {
  // What starting took is nobody's request.
  expect(steps.start).toEqual([])
  const [register] = named(steps.register, 'POST register')
  expect(register?.attributes).toMatchObject({
    'http.response.status_code': 201,
    'hallpass.session.id': steps.ada.sessionId,
  })
  const within = steps.register.filter(({ parent }) => parent === register?.id)
  expect(within.map(({ name }) => name)).toEqual(expect.arrayContaining(['hash a password', 'store createAccount']))
  expect(named(within, 'store createAccount')[0]?.attributes).toEqual({
    'db.system.name': 'sqlite',
    'db.operation.name': 'createAccount',
  })
  // One write and no read, here too.
  expect(steps.refresh.map(({ name }) => name)).toEqual(['store rotate', 'POST refresh'])
})

test('a span says what came of its request', () => {
  expect(named(steps.refresh, 'POST refresh')[0]?.attributes).toMatchObject({
    'hallpass.refresh.outcome': 'rotated',
    'hallpass.session.id': steps.ada.sessionId,
  })
  const checks = named(steps.others, 'GET me').map(({ attributes }) => attributes['hallpass.check.result'])
  expect(checks).toEqual(['accepted', 'revoked'])
  const [ended] = named(steps.others, 'DELETE sessions/:id')
  expect(ended).toMatchObject({ attributes: { 'hallpass.end.reason': 'by-owner' }, events: ['session ended'] })
  expect(named(steps.others, 'GET no/:id')[0]?.attributes['hallpass.refused.code']).toBe('not_found')
})

test('a request joins the trace it came in, and one that fails says so by the name of the error alone', () => {
  const [login] = named(steps.joined, 'POST login')
  expect(login?.parent).toBe(steps.outer)
  expect(login).toMatchObject({
    status: 2,
    attributes: { 'http.response.status_code': 503, 'error.type': 'HookFailed' },
  })
})

test('nothing in any span is a person, an address or a secret', () => {
  expect(steps.whole).toContain(steps.ada.sessionId)
  const { token, cookie } = steps.ada
  for (const secret of [
    'ada@',
    'Lovelace',
    'correct horse',
    '198.51.100.7',
    'hunter2',
    token,
    cookie.split('=')[1] ?? '',
  ])
    expect(steps.whole).not.toContain(secret)
})

test('where the API is not installed, the server is what it was', async () => {
  const script = `
    const { registerHooks } = await import('node:module')
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === '@opentelemetry/api') throw new Error('not installed')
        return next(specifier, context)
      },
    })
    const { createTracing } = await load('./tracing.ts')
    const { fetch } = await createTracing('/api/auth')
    const own = async () => new Response()
    console.log('the same: ' + (fetch(own) === own))
    process.exit(0)`
  expect(await startScript(script, import.meta.url).line('the same: ')).toBe('the same: true')
})
