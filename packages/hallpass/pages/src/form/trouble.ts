// What went wrong, in words a person can act on: from the codes of the wire contract, never from a message of the server.
import { AuthError, type Problem } from '@hallpass/browser'

export interface Trouble {
  readonly sentence: string
  /** The input it is about, by name; undefined for the whole form. */
  readonly member?: string | undefined
}

/** Thrown by forms that look before they send. */
export class Unfit extends Error {
  override readonly name: string = 'Unfit'
  readonly member: string

  constructor(member: string, sentence: string) {
    super(sentence)
    this.member = member
  }
}

/** Thrown for an answer that is a problem document. */
export class Refused extends Error {
  override readonly name: string = 'Refused'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code)
    this.problem = problem
  }
}

/** Reads a problem document, as far as it is one. */
export async function refusalOf(response: Response): Promise<Refused> {
  const body: unknown = await response.json().catch(() => undefined)
  const members = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const text = (name: string) => (typeof members[name] === 'string' ? members[name] : undefined)
  const [member, reason] = [text('member'), text('reason')]
  return new Refused({
    status: response.status,
    code: text('code') ?? 'unavailable',
    ...(member !== undefined && { member }),
    ...(reason !== undefined && { reason }),
  })
}

const OUT_OF_REACH = 'The server cannot be reached for the moment. Try again in a little while.'

const PASSWORD_REASONS: Readonly<Record<string, string>> = {
  too_short: 'This password is too short.',
  too_long: 'This password is longer than 256 characters.',
  common: 'This password is on the lists that are tried first. Choose another.',
  own_words: 'This password is too close to your own name or e-mail address. Choose another.',
  not_text: 'This password holds characters that cannot be stored. Choose another.',
}

const CODES: Readonly<Record<string, Trouble>> = {
  invalid_credentials: { sentence: 'The e-mail address or the password is wrong.' },
  invalid_email: { sentence: 'This is not an e-mail address.', member: 'email' },
  email_taken: { sentence: 'There is an account with this address already. Sign in instead.', member: 'email' },
  account_disabled: { sentence: 'This account is disabled. Whoever runs this service can tell you why.' },
  throttled: { sentence: 'Too many attempts.' },
}

export function sentenceOf(error: unknown): Trouble {
  if (error instanceof Unfit) return { sentence: error.message, member: error.member }
  if (error instanceof Refused) return ofProblem(error.problem, undefined)
  if (!(error instanceof AuthError)) return { sentence: OUT_OF_REACH }
  if (error.code === 'cookies_blocked')
    return {
      sentence: 'This browser keeps no cookies for this site, so it cannot stay signed in. Allow them and try again.',
    }
  if (error.code === 'signed_out') return { sentence: 'You have been signed out. Sign in again.' }
  if (error.code !== 'refused' || error.problem === undefined)
    return { sentence: withWait(OUT_OF_REACH, error.retryAfter) }
  return ofProblem(error.problem, error.retryAfter)
}

function ofProblem({ code, reason, member }: Problem, retryAfter: number | undefined): Trouble {
  if (code === 'invalid_password')
    return {
      sentence: PASSWORD_REASONS[reason ?? ''] ?? 'This password cannot be used. Choose another.',
      member: member ?? 'password',
    }
  if (code === 'invalid_input') return { sentence: 'Something is missing here.', member: member ?? 'email' }
  if (code === 'throttled') return { sentence: withWait('Too many attempts.', retryAfter) }
  return CODES[code] ?? { sentence: OUT_OF_REACH }
}

function withWait(sentence: string, seconds: number | undefined): string {
  if (seconds === undefined || seconds < 2) return sentence
  const wait = seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`
  return `${sentence.replace(/ Try again in a little while\.$/, '')} Try again in ${wait}.`
}
