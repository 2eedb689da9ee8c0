// What a page and its worker say to each other. Any script of the page can read it, and say it: so there is no token in it, and nothing
// that sets the worker up.
import type { AuthErrorCode, Problem } from './answer.ts'
import type { AuthEvent, AuthState, SignedOutReason } from './auth.ts'

/** Where the page stands, and what it alone can read; first the event that it is told at. */
export type PageNews = readonly [
  type: string | undefined,
  persisted: boolean | undefined,
  hidden: boolean,
  prerendering: boolean | undefined,
  cookieEnabled: boolean,
  /** The sign-out that is owed (sign-out.ts), as it stands in localStorage, which a worker does not have. */
  note: unknown,
]

type Lines = [name: string, value: string][]

/** What can be told of a request as it is; its headers and its body beside it. */
export const REQUEST = ['url', 'method', 'mode', 'credentials', 'cache', 'redirect', 'integrity', 'keepalive'] as const
export interface Told extends Pick<Request, (typeof REQUEST)[number]> {
  readonly headers: Lines
  readonly body: ArrayBuffer | null
}

/** And of a response. */
export const RESPONSE = ['url', 'type', 'redirected', 'status', 'statusText'] as const
export interface Answered extends Pick<Response, (typeof RESPONSE)[number]> {
  readonly headers: Lines
  readonly body: ReadableStream | ArrayBuffer | string | null
}

/** What a page can say to its worker, and with what. Each is answered, under the number it came with. */
export interface Verbs {
  page: PageNews
  ready: undefined
  refresh: undefined
  /** Answered by undefined where the address is none of the worker's business. */
  fetch: Told
  /** The number of the request. */
  abort: number
  login: { readonly body: unknown; readonly path: string | undefined }
  /** A response that the page has read; or one that the worker has taken up already. */
  adopt: { readonly status: number; readonly headers: Lines; readonly text: string }
  logout: { readonly everywhere?: boolean } | undefined
}

export type ToWorker = readonly [id: number, verb: keyof Verbs, what: unknown]

/** What a worker says to its page: calls of these. */
export interface Hears<U> {
  /** `left`: how many sign-outs the worker had been asked for before. */
  state(now: AuthState<U>, left: number): void
  note(note: unknown): void
  /** `error`: what was thrown instead; `more`: the members of an AuthError, which a copy of it does not have. */
  answer(id: number, value: unknown, error?: unknown, more?: Partial<Failure>): void
  onEvent?(event: AuthEvent): void
  onSignedOut?(why: SignedOutReason, state: AuthState<U>): void
}

export type ToPage<U = unknown> = {
  readonly [Name in keyof Hears<U>]-?: readonly [Name, ...Parameters<NonNullable<Hears<U>[Name]>>]
}[keyof Hears<U>]

export interface Failure {
  readonly code: AuthErrorCode
  readonly retryAfter?: number
  readonly problem?: Problem | undefined
  readonly challenge?: unknown
}
