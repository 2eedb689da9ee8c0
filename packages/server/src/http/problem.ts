// The one place where an error becomes a response (RFC 9457, RFC 6750), and the list of codes. docs/wire.md tells what each means.
import { StoreUnavailable } from '../store/store.ts'
import { HookFailed } from '../hook.ts'
import { HasherBusy } from '../account/password-hash.ts'

export type ProblemCode =
  | 'bad_request'
  | 'invalid_input'
  | 'invalid_email'
  | 'invalid_password'
  | 'unknown_audience'
  | 'invalid_credentials'
  | 'no_session'
  | 'session_ended'
  | 'token_required'
  | 'invalid_token'
  | 'proof_required'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'forbidden_origin'
  | 'account_disabled'
  | 'not_found'
  | 'method_not_allowed'
  | 'email_taken'
  | 'session_changed'
  | 'too_large'
  | 'json_required'
  | 'throttled'
  | 'internal'
  | 'stale_refresh'
  | 'busy'
  | 'unavailable'
  | 'wrong_deployment'
  | 'keys_unavailable'
  | 'replays_unavailable'

/** Every code with its status and title. `passing`: the same request may succeed later; the others are definitive. */
export const problems: Readonly<
  Record<ProblemCode, { readonly status: number; readonly title: string; readonly passing: boolean }>
> = {
  bad_request: { status: 400, title: 'The request could not be read', passing: false },
  invalid_input: { status: 400, title: 'A member of the body is missing or of the wrong kind', passing: false },
  invalid_email: { status: 400, title: 'This is not an e-mail address', passing: false },
  invalid_password: { status: 400, title: 'This password cannot be used', passing: false },
  unknown_audience: { status: 400, title: 'No service is registered under this audience', passing: false },
  invalid_credentials: { status: 401, title: 'E-mail or password is wrong', passing: false },
  no_session: { status: 401, title: 'Nobody is signed in here', passing: false },
  session_ended: { status: 401, title: 'This session has ended', passing: false },
  token_required: { status: 401, title: 'An access token is required', passing: false },
  invalid_token: { status: 401, title: 'The access token is not valid', passing: false },
  proof_required: { status: 401, title: 'This needs a proof of the key that the session is bound to', passing: false },
  invalid_dpop_proof: { status: 401, title: 'The proof of the key is not valid', passing: false },
  use_dpop_nonce: { status: 401, title: 'The proof of the key needs another nonce', passing: true },
  forbidden_origin: { status: 403, title: 'This origin may not do that', passing: false },
  account_disabled: { status: 403, title: 'This account is disabled', passing: false },
  not_found: { status: 404, title: 'There is nothing here', passing: false },
  method_not_allowed: { status: 405, title: 'This address does not know that method', passing: false },
  email_taken: { status: 409, title: 'There is an account with this e-mail address already', passing: false },
  session_changed: { status: 409, title: 'Somebody else is signed in here by now', passing: false },
  too_large: { status: 413, title: 'The request is too large', passing: false },
  json_required: { status: 415, title: 'The body must be JSON', passing: false },
  throttled: { status: 429, title: 'Too many attempts', passing: true },
  internal: { status: 500, title: 'Something went wrong on our side', passing: true },
  stale_refresh: { status: 503, title: 'This refresh came late; try again', passing: true },
  busy: { status: 503, title: 'Too much to do at once; try again', passing: true },
  unavailable: { status: 503, title: 'The service is not available for the moment', passing: true },
  wrong_deployment: { status: 503, title: 'This server cannot read what another deployment wrote', passing: true },
  keys_unavailable: { status: 503, title: 'The keys are not available for the moment', passing: true },
  replays_unavailable: {
    status: 503,
    title: 'It is not known for the moment whether this proof was used before',
    passing: true,
  },
}

/** Input that is refused: thrown by guards and handlers, caught and mapped in one place. The detail never holds input. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  readonly code: ProblemCode
  readonly retryAfter: number | undefined
  readonly member: string | undefined
  readonly reason: string | undefined

  /** `retryAfter` in seconds; `member` names the member of the body, `reason` is a closed word for programs. */
  constructor(
    code: ProblemCode,
    more: {
      readonly detail?: string
      readonly retryAfter?: number
      readonly member?: string
      readonly reason?: string
    } = {},
  ) {
    super(more.detail ?? problems[code].title)
    this.code = code
    this.retryAfter = more.retryAfter
    this.member = more.member
    this.reason = more.reason
  }
}

/** What an error means on the wire: the refusal it is, or a bug (500) whose words stay inside. */
export function refusalOf(error: unknown): Refusal {
  return asRefusal(error) ?? new Refusal('internal')
}

/** The answer to a refused request. */
export function problemResponse({ code, retryAfter, member, reason, message }: Refusal): Response {
  const { status, title } = problems[code]
  const body = {
    type: `urn:hallpass:problem:${code}`,
    title,
    status,
    code,
    ...(message !== title && { detail: message }),
    ...(member !== undefined && { member }),
    ...(reason !== undefined && { reason }),
  }
  const headers = new Headers({
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
  })
  // RFC 9449 §9; a client of ours goes by this header, whoever answers.
  if (code === 'use_dpop_nonce' || code === 'invalid_dpop_proof')
    headers.set('www-authenticate', `DPoP error="${code}", algs="ES256"`)
  const wait = retryAfter ?? (status === 503 ? 1 : undefined)
  if (wait !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(wait))))
  return new Response(JSON.stringify(body), { status, headers })
}

/** Failures that other rooms speak of in their own words. */
function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof StoreUnavailable) return new Refusal('unavailable')
  if (error instanceof HookFailed) return new Refusal('unavailable')
  if (error instanceof HasherBusy) return new Refusal('busy', { retryAfter: error.retryAfter })
  return undefined
}
