// The worker door, the page's side: an `auth` like any other, whose token is in a worker. What is here mirrors the worker's state and
// hands requests over; it never sees a token, so no script of the page finds one. What that stops and what not: docs/guides/worker.md.
import { AuthError } from './answer.ts'
import type { Auth, AuthEvent, AuthState, SignedOutReason } from './auth.ts'
import { REQUEST, RESPONSE, type Answered, type Hears, type ToPage, type Verbs } from './worker-words.ts'

export interface AuthWorkerOptions<U> {
  /** Called once for each session that ends. */
  readonly onSignedOut?: (why: SignedOutReason, state: AuthState<U>) => void
  /** Hears what happened, for a log or a page that explains; never a secret. */
  readonly onEvent?: (event: AuthEvent) => void
}

/**
 * Creates the client of a page whose token is kept by a worker, in which `serve()` of `@hallpass/browser/worker-host` runs with all
 * other options. One for a page is what one wants; where there is no page, on a server, it starts nothing and stays `loading`.
 *
 * @param start starts the worker: `() => new Worker('/auth-worker.js', { type: 'module' })`
 */
export function createAuthWorker<U = unknown>(start: () => Worker, options: AuthWorkerOptions<U> = {}): Auth<U> {
  const page = globalThis.document as (Document & { readonly prerendering?: boolean }) | undefined
  /** Undefined on a server, and when it could not be started. */
  let worker = page && start()
  let state: AuthState<U> = { status: 'loading', user: null, degraded: false }
  const listeners = new Set<(now: AuthState<U>, before: AuthState<U>) => void>()
  const asked = new Map<number, readonly [answer: (value: never) => void, fail: (reason: unknown) => void]>()
  const stop = new AbortController()
  let count = 0
  let left = 0

  // ---- what is said to the worker

  const say = <Verb extends keyof Verbs>(id: number, verb: Verb, what?: Verbs[Verb]): void =>
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker?.postMessage([id, verb, what])

  const ask = <Answer>(verb: keyof Verbs, what?: Verbs[typeof verb], signal?: AbortSignal): Promise<Answer> =>
    new Promise((answer, fail) => {
      const id = ++count
      signal?.throwIfAborted()
      signal?.addEventListener('abort', () => {
        fail(signal.reason as Error)
        say(0, 'abort', id)
      })
      asked.set(id, [answer, fail])
      if (worker) say(id, verb, what)
      else giveUp()
    })

  const giveUp = (): void => {
    worker = undefined
    for (const [, fail] of asked.values()) fail(new AuthError('unavailable'))
  }

  /** Where the page stands, and what it alone can read. */
  const tell = (event?: Event & { readonly persisted?: boolean }): void => {
    const { hidden, prerendering } = page as NonNullable<typeof page>
    const note = attempt(() => localStorage[NOTE] as unknown)
    say(0, 'page', [event?.type, event?.persisted, hidden, prerendering, navigator.cookieEnabled, note])
  }

  // ---- what it says

  const hears: Hears<U> = {
    ...options,
    state(now, at) {
      // What was true before somebody signed out here is not shown again, nor that they did.
      if (at !== left) return
      const before = state
      state = now
      for (const listener of listeners) queueMicrotask(() => listener(now, before))
    },
    note: (note) => attempt(() => (localStorage[NOTE] = note)),
    answer(id, value, error, more) {
      const [answer, fail] = asked.get(id) ?? []
      asked.delete(id)
      if (more) fail?.(more.code ? new AuthError(more.code, more) : error)
      else answer?.(value as never)
    },
  }

  if (worker) {
    worker.addEventListener('message', ({ data: [name, ...given] }: MessageEvent<ToPage<U>>) => {
      ;(hears[name] as ((...all: unknown[]) => void) | undefined)?.(...given)
    })
    // Once it has spoken, an error is the application's. Before, its file is missing or forbidden.
    worker.addEventListener('error', () => asked.has(1) && giveUp())
    tell()
    for (const type of ['visibilitychange', 'pageshow', 'pagehide']) addEventListener(type, tell, stop)
  }

  // ---- what the page is given

  const settled = (): AuthState<U> => state
  const ready = ask('ready').then(settled, settled)

  return {
    get state() {
      return state
    },
    get user() {
      return state.user
    },
    ready,

    async fetch(input, init) {
      const request = new Request(input, init)
      const { url, headers, signal } = request
      const body = await request.arrayBuffer()
      const told = {
        ...(Object.fromEntries(REQUEST.map((key) => [key, request[key]])) as Pick<Request, (typeof REQUEST)[number]>),
        headers: [...headers],
        body: body.byteLength ? body : null,
      }
      const answered = await ask<Answered | undefined>('fetch', told, signal)
      // What is none of the worker's business goes out from here, under the policy of the page.
      return answered ? toResponse(answered) : fetch(url, { ...told, signal })
    },

    login: (body, { path, signal } = {}) => ask('login', { body, path }, signal),

    async adopt(response) {
      return ask('adopt', { status: response.status, headers: [...response.headers], text: await response.text() })
    },

    logout(how) {
      hears.state({ status: 'out', user: null, degraded: false }, ++left)
      return ask('logout', how)
    },

    refresh: () => ask('refresh').then(settled, settled),

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    dispose() {
      stop.abort()
      worker?.terminate()
    },
  }
}

/** The key in localStorage of a sign-out that is owed. */
const NOTE = 'hallpass'

function toResponse(told: Answered): Response {
  // Status 0 is what a page may not look into, and nothing that can be made.
  const response = told.status ? new Response(told.body, told) : Response.error()
  for (const key of RESPONSE) Object.defineProperty(response, key, { value: told[key] })
  return response
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    // Where storage is forbidden.
    return undefined
  }
}
