// Spans, when the application has an OpenTelemetry SDK: one for each request, and within it one for each question to the database and for each
// password that is hashed. Nothing is loaded, and nothing costs anything, where @opentelemetry/api is not installed. A span tells ids of sessions
// and closed words; never a person, an address, a token or what an error said.
import type { Attributes, Span, SpanKind, SpanStatusCode, Tracer } from '@opentelemetry/api'
import type { PasswordHasher } from './account/password-hash.ts'
import type { HallpassEvent } from './events.ts'
import type { Fetch } from './http/routes.ts'
import type { Store } from './store/store.ts'

export interface Tracing {
  /** A span for each request: `POST refresh`, with the status and what came of it. */
  fetch(fetch: Fetch): Fetch
  /** A span for each operation, where somebody waits for it: chores of the server's own leave no trace. */
  store(store: Store): Store
  hasher(hasher: PasswordHasher): PasswordHasher
  /** Writes what happened onto the span of the request it happened in. */
  hear(event: HallpassEvent): void
}

const NONE: Tracing = {
  fetch: (fetch) => fetch,
  store: (store) => store,
  hasher: (hasher) => hasher,
  hear: () => undefined,
}

// The numbers of the API's enumerations, which are part of its contract: a type costs nobody an import.
const SERVER_SIDE = 0 satisfies SpanKind.INTERNAL
const CLIENT_SIDE = 2 satisfies SpanKind.CLIENT
const FAILED = 2 satisfies SpanStatusCode.ERROR

/** What is no operation of the database. */
const NO_OPERATION = new Set(['close', 'listen', 'announce', 'now', 'settings'])

/**
 * Looks for the API of OpenTelemetry, once. The SDK may come later: the API hands on to it as soon as it is there.
 *
 * @param basePath where the endpoints are, for the names of the spans
 */
export async function createTracing(basePath: string): Promise<Tracing> {
  const api = await import('@opentelemetry/api').catch(() => undefined)
  if (api === undefined) return NONE
  const tracer = api.trace.getTracer('@hallpass/server')
  const current = () => api.trace.getActiveSpan()

  return {
    fetch: (fetch) => (request, from) =>
      within(
        tracer,
        requestName(request, basePath),
        SERVER_SIDE,
        { 'http.request.method': request.method },
        async (span) => {
          const answer = await fetch(request, from)
          span.setAttribute('http.response.status_code', answer.status)
          if (answer.status >= 500) span.setStatus({ code: FAILED })
          return answer
        },
      ),

    store(store) {
      const attributes = { 'db.system.name': store.shared ? 'postgresql' : 'sqlite' }
      const traced = Object.entries(store).map(([name, member]) => {
        if (typeof member !== 'function' || NO_OPERATION.has(name)) return [name, member] as const
        const operation = member as (...given: readonly unknown[]) => Promise<unknown>
        const whole = { ...attributes, 'db.operation.name': name }
        const asked = (...given: readonly unknown[]) =>
          current() === undefined
            ? operation(...given)
            : within(tracer, `store ${name}`, CLIENT_SIDE, whole, () => operation(...given))
        return [name, asked] as const
      })
      // Member for member what it was.
      return Object.fromEntries(traced) as unknown as Store
    },

    hasher(hasher) {
      const { hash, verify } = hasher
      const waitFor = <Result>(work: () => Promise<Result>): Promise<Result> =>
        within(tracer, 'hash a password', SERVER_SIDE, { 'hallpass.hash.waiting': hasher.load().waiting }, work)
      return {
        ...hasher,
        hash: (password) => waitFor(() => hash(password)),
        verify: (phc, password) => waitFor(() => verify(phc, password)),
      }
    },

    hear(event) {
      const span = current()
      if (span?.isRecording() !== true) return
      span.setAttributes(attributesOf(event))
      if (event.event === 'session_ended') span.addEvent('session ended', { 'hallpass.session.id': event.sessionId })
    },
  }
}

/** Runs work inside a span of its own. An error is told by its name alone: what it says may hold what nobody should read. */
function within<Result>(
  tracer: Tracer,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error)
      span.setStatus({ code: FAILED })
      throw error
    } finally {
      span.end()
    }
  })
}

/** `POST refresh`; the id in `sessions/:id` is no name, and what is not ours has none either. */
function requestName(request: Request, basePath: string): string {
  const { pathname } = new URL(request.url)
  const path = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length + 1) : ''
  const [first = '', second] = path.split('/')
  const known = /^[a-z]{1,20}$/.test(first) ? first : 'other'
  return `${request.method} ${known}${second === undefined ? '' : '/:id'}`
}

function attributesOf(event: HallpassEvent): Attributes {
  switch (event.event) {
    case 'refresh':
      return { 'hallpass.session.id': event.sessionId, 'hallpass.refresh.outcome': event.outcome }
    case 'session_started':
      return { 'hallpass.session.id': event.sessionId }
    case 'session_ended':
      return { 'hallpass.end.reason': event.reason }
    case 'checked':
      return { 'hallpass.check.result': event.result }
    case 'refused':
      return { 'hallpass.refused.code': event.code }
    default:
      return { 'error.type': event.error instanceof Error ? event.error.name : typeof event.error }
  }
}
