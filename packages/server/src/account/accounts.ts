// Accounts: e-mail and password in our own table. Not used when the application brings its own users (`checkPassword`).
import type { AccountRow, AuditEntry, SessionDevice, SessionUser, Store } from '../store/store.ts'
import { parseEmail } from './email.ts'
import type { PasswordHasher } from './password-hash.ts'
import { normalisePassword, refusedBecause, type PasswordReason } from './password-rules.ts'

export interface Account {
  readonly id: string
  readonly email: string
  readonly emailVerified: boolean
  readonly name: string | null
  readonly createdAt: number
}

export type CreateResult =
  | { readonly result: 'created'; readonly account: Account }
  | { readonly result: 'email_taken' | 'invalid_email' }
  | { readonly result: 'invalid_password'; readonly reason: PasswordReason }

/** A proof of who somebody is, with the epoch that stood before the password was hashed. */
export interface Proven {
  readonly account: Account
  readonly epoch: number
  readonly disabled: boolean
  /** What the proof was checked against: a change of password writes only when it still stands. */
  readonly passwordHash: string
}

export interface Accounts {
  create(input: {
    readonly email: string
    readonly password: string
    readonly name?: string
    readonly device?: SessionDevice
  }): Promise<CreateResult>
  find(id: string): Promise<Account | undefined>
  findByEmail(email: string): Promise<Account | undefined>
  /** The account this e-mail and password belong to; the same work is done whether or not there is one. */
  prove(email: string, password: string): Promise<Proven | undefined>
  /** The same for an account known by its id. */
  proveById(id: string, password: string): Promise<Proven | undefined>
  /** A new password brought into form and hashed, or why it cannot be used. */
  prepare(account: Account, password: string): Promise<{ readonly hash: string } | { readonly reason: PasswordReason }>
}

export function createAccounts(options: {
  readonly store: Store
  readonly hasher: PasswordHasher
  /** Code points. */
  readonly minLength: number
  /** Words of the service that are no password here: its host name. */
  readonly serviceWords: readonly string[]
  readonly now: () => number
  readonly newId: () => string
}): Accounts {
  const { store, hasher, minLength, serviceWords, now } = options

  const hashed = async (password: string, words: readonly string[]) => {
    const normal = normalisePassword(password)
    const reason =
      normal === undefined ? 'not_text' : await refusedBecause(normal, minLength, [...words, ...serviceWords])
    return normal === undefined || reason !== undefined
      ? { reason: reason ?? 'not_text' }
      : { hash: await hasher.hash(normal) }
  }

  /** The order and number of steps is the same for everybody: two reads, one hash computation. */
  const check = async (row: AccountRow | undefined, password: string): Promise<Proven | undefined> => {
    const { epoch, disabled } = await store.subject(row?.id ?? 'nobody')
    const normal = normalisePassword(password)
    // What is no text is nobody's password, and costs the same.
    const { matches, outdated } = await hasher.verify(
      normal === undefined ? undefined : row?.passwordHash,
      normal ?? '',
    )
    if (row === undefined || !matches || normal === undefined) return undefined
    let { passwordHash } = row
    if (outdated) {
      const renewed = await hasher.hash(normal)
      if (await store.rehashPassword(row.id, passwordHash, renewed)) passwordHash = renewed
    }
    return { account: accountOf(row), epoch, disabled, passwordHash }
  }

  return {
    async create({ email, password, name, device }) {
      const address = parseEmail(email)
      if (address === undefined) return { result: 'invalid_email' }
      const made = await hashed(password, [address.email, ...(name === undefined ? [] : [name])])
      if ('reason' in made) return { result: 'invalid_password', reason: made.reason }
      const row: AccountRow = {
        id: options.newId(),
        email: address.email,
        emailKey: address.key,
        emailVerified: false,
        name: name ?? null,
        passwordHash: made.hash,
        createdAt: now(),
      }
      const audit: AuditEntry = {
        at: row.createdAt,
        event: 'account_created',
        subject: row.id,
        ...(device?.address !== undefined && { address: device.address }),
      }
      const result = await store.createAccount(row, audit)
      return result === 'created' ? { result, account: accountOf(row) } : { result }
    },

    async find(id) {
      const row = await store.account(id)
      return row && accountOf(row)
    },
    async findByEmail(email) {
      const address = parseEmail(email)
      const row = address && (await store.accountByEmail(address.key))
      return row && accountOf(row)
    },

    // An address that is none is looked up all the same: the work must not tell.
    prove: async (email, password) => check(await store.accountByEmail(parseEmail(email)?.key ?? ''), password),
    proveById: async (id, password) => check(await store.account(id), password),
    prepare: (account, password) => hashed(password, [account.email, ...(account.name === null ? [] : [account.name])]),
  }
}

/** What the session row and the answers carry of an account. */
export function userOf({ id, email, name }: Account): SessionUser {
  return { id, email, ...(name !== null && { name }) }
}

function accountOf({ id, email, emailVerified, name, createdAt }: AccountRow): Account {
  return { id, email, emailVerified, name, createdAt }
}
