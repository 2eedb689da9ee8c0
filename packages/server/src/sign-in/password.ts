// Signing in with e-mail and password: sign-up, sign-in and changing the password, with accounts of our own or with users of the
// application's own. Every way of signing in ends in `sessions.start`.
import { z } from 'zod'
import type { Accounts, Proven } from '../account/accounts.ts'
import { userOf } from '../account/accounts.ts'
import { loginKey } from '../account/email.ts'
import { callHook } from '../hook.ts'
import { sessionAnswer } from '../http/answer.ts'
import { readBody } from '../http/body.ts'
import type { RefreshCookie } from '../http/cookie.ts'
import { deviceOf, type AuthHandler, type Exchange, type Handler } from '../http/exchange.ts'
import { Refusal } from '../http/problem.ts'
import type { Throttle, Try } from '../http/throttle.ts'
import type { Presented } from '../session/presented.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionUser, Store } from '../store/store.ts'

/**
 * The application's own users: answers the user this login name and password belong to, or null. It is called at most as often
 * as the throttle lets through.
 */
export type CheckPassword = (
  email: string,
  password: string,
) => SessionUser | null | undefined | Promise<SessionUser | null | undefined>

const text = (longest: number) => z.string().min(1).max(longest)
/** A wrong password may be of any length a body can hold; only a new one is measured. */
const credentials = z.object({ email: text(254), password: text(4096), persistent: z.boolean().optional() })
const registration = credentials.extend({ name: z.string().trim().min(1).max(100).optional() })
const change = z.object({ current: text(4096), next: text(4096) })

interface PasswordOptions {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly presented: Presented
  readonly cookie: RefreshCookie
  readonly throttle: Throttle
  readonly store: Store
  readonly now: () => number
}

export interface SignInHandlers {
  readonly login: Handler
  /** Absent when users are the application's own: it makes them and changes their passwords. */
  readonly register?: Handler
  readonly changePassword?: AuthHandler
}

export function createPasswordSignIn(
  options: PasswordOptions,
  checkPassword: CheckPassword | undefined,
): SignInHandlers {
  return checkPassword === undefined ? withAccounts(options) : { login: loginWith(options, checkPassword) }
}

/** A wrong password and an unknown e-mail are one answer. */
const refused = () => new Refusal('invalid_credentials')

/** Takes a try; a device that is signed in as the one who asks is counted apart. */
async function guess({ presented, throttle }: PasswordOptions, exchange: Exchange, email: string) {
  const account = loginKey(email)
  const held = await presented.living(exchange.request.headers)
  const own = held?.user.email !== undefined && loginKey(held.user.email) === account
  const taken = await throttle.guess({ account, address: exchange.address, ...(own && { device: held.id }) })
  return { taken, replacing: held?.id }
}

/** Checks a guess. When the check itself fails (too busy, a hook, the database), the owner is not made to pay for it. */
async function check<Result>(taken: Try, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await taken.undone().catch(() => undefined)
    throw error
  }
}

interface Starting {
  readonly subject: string
  readonly user: SessionUser
  readonly epoch?: number
  readonly replacing: string | undefined
  readonly persistent: boolean | undefined
}

async function start(
  options: PasswordOptions,
  exchange: Exchange,
  starting: Starting,
  status: 200 | 201,
): Promise<Response> {
  const { subject, user, epoch, replacing, persistent } = starting
  const started = await options.sessions.start(subject, {
    user,
    amr: ['pwd'],
    device: deviceOf(exchange),
    ...(epoch !== undefined && { underEpoch: epoch }),
    ...(replacing !== undefined && { replacing }),
    ...(exchange.key !== undefined && { binding: exchange.key }),
    ...(persistent !== undefined && { persistent }),
  })
  if (started.result !== 'started') {
    // The password was changed, or everything signed out, while this one was being checked: it proves nothing any more.
    throw started.result === 'disabled' ? new Refusal('account_disabled') : refused()
  }
  return sessionAnswer(started.granted, options.cookie, options.now(), status)
}

function withAccounts(options: PasswordOptions): SignInHandlers {
  const { accounts, sessions, presented, throttle, cookie, store, now } = options

  return {
    async register(exchange) {
      const { email, password, name, persistent } = await readBody(exchange.request, registration)
      await throttle.register(exchange.address)
      const device = deviceOf(exchange)
      const made = await accounts.create({ email, password, device, ...(name !== undefined && { name }) })
      if (made.result === 'invalid_password') throw new Refusal('invalid_password', { reason: made.reason })
      if (made.result !== 'created') throw new Refusal(made.result)
      const replacing = (await presented.living(exchange.request.headers))?.id
      const user = userOf(made.account)
      return start(options, exchange, { subject: user.id, user, epoch: 0, replacing, persistent }, 201)
    },

    async login(exchange) {
      const { email, password, persistent } = await readBody(exchange.request, credentials)
      const { taken, replacing } = await guess(options, exchange, email)
      const proven = await check(taken, () => accounts.prove(email, password))
      if (proven === undefined) throw refused()
      await taken.succeeded()
      const user = userOf(proven.account)
      return start(options, exchange, { subject: user.id, user, epoch: proven.epoch, replacing, persistent }, 200)
    },

    /** Every session ends, this one too, and a new one starts: whoever knew the old password is out. */
    async changePassword(exchange, auth) {
      const { current, next } = await readBody(exchange.request, change)
      const taken = await throttle.guess({ account: auth.subject, address: exchange.address, device: auth.sessionId })
      const proven: Proven | undefined = await check(taken, () => accounts.proveById(auth.subject, current))
      if (proven === undefined) throw refused()
      await taken.succeeded()
      if (proven.disabled) throw new Refusal('account_disabled')
      const prepared = await accounts.prepare(proven.account, next)
      if ('reason' in prepared) throw new Refusal('invalid_password', { reason: prepared.reason })

      const device = deviceOf(exchange)
      const persistent = (await store.session(auth.sessionId))?.persistent ?? true
      const binding = auth.claims.cnf?.jkt
      const fresh = sessions.prepare(auth.subject, {
        user: userOf(proven.account),
        amr: ['pwd'],
        device,
        persistent,
        ...(binding !== undefined && { binding }),
      })
      const changed = await store.changePassword(auth.subject, {
        from: proven.passwordHash,
        to: prepared.hash,
        ending: sessions.ending('password-change'),
        session: fresh.row,
        audit: { at: now(), event: 'password_changed', subject: auth.subject, sessionId: fresh.row.id },
      })
      if (changed.result !== 'changed') {
        throw changed.result === 'disabled' ? new Refusal('account_disabled') : refused()
      }
      sessions.published(changed.ended, 'password-change')
      return sessionAnswer(await fresh.grant(), cookie, now())
    },
  }
}

function loginWith(options: PasswordOptions, checkPassword: CheckPassword): Handler {
  return async (exchange) => {
    const { email, password, persistent } = await readBody(exchange.request, credentials)
    const { taken, replacing } = await guess(options, exchange, email)
    const asked = options.now()
    const found = await check(taken, () => callHook('checkPassword', () => checkPassword(email, password)))
    if (found === null || found === undefined) throw refused()
    const user = publicFields(found, email)
    await taken.succeeded()
    // Whose password it was is known only now. If everything of this person was signed out while it was being checked (their
    // password was changed, say), the check may have seen the old one: it is done over.
    const { epoch, raisedAt } = await options.store.subject(user.id)
    if (raisedAt !== null && raisedAt >= asked) throw new Refusal('busy', { retryAfter: 1 })
    return start(options, exchange, { subject: user.id, user, epoch, replacing, persistent }, 200)
  }
}

const ownUser = z.object({ id: text(255), email: text(254).nullish(), name: text(255).nullish() })

/** Checked and named one by one: a user object of the application's own (a whole row, with its hash) stays out of the session. */
function publicFields(user: unknown, email: string): SessionUser {
  const parsed = ownUser.safeParse(user)
  if (!parsed.success) {
    throw new TypeError(
      'checkPassword must answer null or { id, email?, name? } with strings: a numeric id needs String(user.id)',
    )
  }
  const { id, name } = parsed.data
  return { id, email: parsed.data.email ?? email, ...(name !== null && name !== undefined && { name }) }
}
