// The contract of a store: what the server asks of a database, as atomic operations. Never find-then-update: each operation
// is one statement or one transaction, and says what happened as a value.
//
// Times are integers in milliseconds since 1970. Binary values are lower-case hex strings. A store never decides: the
// condition of each write comes from the caller, and a condition that does not hold changes nothing.
//
// - An operation that answers has reached the disk (SQLite WAL with synchronous=FULL, PostgreSQL with synchronous_commit=on).
// - A failure to reach the database is a StoreUnavailable; nothing is known about the write then.
// - The columns that rotation changes (generation, proven, rotated_at) stand in no index, and `rotate` names one row by its
//   primary key, so that it stays one cheap statement at any size.

/** The public face of a user, kept in the session row so that a refresh needs no second read. */
export interface SessionUser {
  readonly id: string
  readonly email?: string
  readonly name?: string
}

/** Where a session was started from, for the person's own list of devices. */
export interface SessionDevice {
  readonly userAgent?: string
  readonly address?: string
}

export interface SessionRow {
  /** UUIDv7: the public id of the session (`sid`). */
  readonly id: string
  readonly subject: string
  /** SHA-256 of the session's nonce, hex. */
  readonly nonceHash: string
  readonly generation: number
  readonly proven: number
  readonly rotatedAt: number
  readonly createdAt: number
  /** The absolute end. */
  readonly expiresAt: number
  readonly endedAt: number | null
  readonly endReason: EndReason | null
  /** Until when, in milliseconds, the last access token of this session may live. Set when it ends. */
  readonly revokedUntil: number | null
  /** When the person last proved who they are. */
  readonly authTime: number
  /** Authentication methods, RFC 8176. */
  readonly amr: readonly string[]
  readonly user: SessionUser
  readonly device: SessionDevice
  /** Thumbprint of the key the session is bound to (RFC 9449), when it is. */
  readonly binding: string | null
  /** Whether the cookie outlives the browser. */
  readonly persistent: boolean
}

export type EndReason =
  | 'logout'
  | 'everywhere'
  | 'by-owner'
  | 'password-change'
  | 'replaced'
  | 'reuse'
  | 'user-gone'
  | 'revoked'

export type NewSession = Pick<
  SessionRow,
  | 'id'
  | 'subject'
  | 'nonceHash'
  | 'createdAt'
  | 'expiresAt'
  | 'authTime'
  | 'amr'
  | 'user'
  | 'device'
  | 'binding'
  | 'persistent'
>

/** A session to end together with another write. `revokedUntil` as in the row. */
export interface Ending {
  readonly at: number
  readonly reason: EndReason
  readonly revokedUntil: number
}

export interface EndedSession {
  readonly id: string
  readonly subject: string
  readonly revokedUntil: number
}

/** What one process tells the others that share a store. */
export type Announcement =
  | { readonly about: 'ended'; readonly ended: readonly Pick<EndedSession, 'id' | 'revokedUntil'>[] }
  | { readonly about: 'keys' }

/** One line of the audit: append-only. `detail` holds no secret. */
export interface AuditEntry {
  readonly at: number
  readonly event: string
  readonly subject?: string
  readonly sessionId?: string
  readonly address?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

/** A line of the audit as it stands in the store, `detail` as JSON text. */
export interface AuditLine {
  readonly id: number
  readonly at: number
  readonly event: string
  readonly subject: string | null
  readonly sessionId: string | null
  readonly address: string | null
  readonly detail: string | null
}

/** A link of the chain over the audit; `line` is undefined when there is no such line any more. */
export interface AuditLink {
  readonly position: number
  readonly auditId: number
  readonly key: string
  readonly hash: string
  readonly line: AuditLine | undefined
}

export interface AccountRow {
  readonly id: string
  /** As the person wrote it. */
  readonly email: string
  /** What makes it unique: normalised by the account room. */
  readonly emailKey: string
  readonly emailVerified: boolean
  readonly name: string | null
  /** PHC string. */
  readonly passwordHash: string
  readonly createdAt: number
}

export interface SubjectRow {
  /** Raised by "sign out everywhere", a changed password and a disabled account. */
  readonly epoch: number
  readonly disabled: boolean
  /** When the epoch was last raised, by the clock of the process that did so; null when it never was. */
  readonly raisedAt: number | null
}

export interface KeyRow {
  /** RFC 7638 thumbprint: the `kid`. */
  readonly kid: string
  readonly algorithm: string
  /** The public JWK, JSON. */
  readonly publicJwk: string
  /** The private JWK, sealed. */
  readonly sealed: string
  readonly createdAt: number
  /** From when it may sign. */
  readonly signsFrom: number
  /** Its place in the ring, 1, 2, 3 …; unique, so that any number of nodes make one key. */
  readonly position: number
  /** Set when it was withdrawn at once (compromised). */
  readonly revokedAt: number | null
}

/** An operator's word that the database was restored from a backup; times in milliseconds, by the store's clock. */
export interface Recovery {
  /** When it was given: what was handed out before may be unknown to the rows. */
  readonly declaredAt: number
  /** Until when sessions are healed however far their row lies behind. */
  readonly until: number
}

/** A bucket of the throttle, and how its waits grow. */
export interface ThrottleBucket {
  readonly key: string
  /** `delays[n]` is the wait in milliseconds after the (n+1)th failure; the last entry serves for all that follow. */
  readonly delays: readonly number[]
}

export interface Store {
  /** Made once with the schema: tokens name it, so that a token of another deployment is recognised. */
  readonly id: string
  /** Whether other processes may write to it: a database server, not a file of this process alone. */
  readonly shared: boolean

  // sessions -----------------------------------------------------------------------------------------------------------
  /**
   * Inserts a session when the subject's epoch is still `underEpoch`, ending `replacing` in the same transaction. A subject
   * never seen before is made, with epoch 0. `ended` is the session that `replacing` named, when this call ended it.
   */
  insertSession(
    session: NewSession,
    options: {
      readonly underEpoch: number
      readonly replacing?: Ending & { readonly id: string }
      readonly audit: AuditEntry
    },
  ): Promise<
    { readonly result: 'inserted'; readonly ended?: EndedSession } | { readonly result: 'epoch_moved' | 'disabled' }
  >
  session(id: string): Promise<SessionRow | undefined>
  /**
   * Writes a new generation when the row still stands as `when` says, was not ended and is not past `expiresAt` at `now`;
   * answers the row after the write, or undefined when nothing was changed. One statement.
   */
  rotate(
    id: string,
    when: {
      readonly nonceHash: string
      readonly generation: number
      readonly rotatedAt: number
      readonly proven?: number
      /** The key the session is bound to, or null: what a proof, or its absence, has shown. */
      readonly binding: string | null
      readonly now: number
    },
    write: { readonly generation: number; readonly proven: number; readonly rotatedAt: number },
    audit?: AuditEntry,
  ): Promise<SessionRow | undefined>
  /** Ends one session (of `subject`, when given); undefined when there is none or it was ended before. */
  endSession(
    id: string,
    options: Ending & { readonly subject?: string; readonly audit: AuditEntry },
  ): Promise<EndedSession | undefined>
  /** Ends every session of a subject and raises its epoch, in one transaction. */
  endSubject(
    subject: string,
    options: Ending & { readonly disable?: boolean; readonly audit: AuditEntry },
  ): Promise<readonly EndedSession[]>
  /** The living sessions of a subject, newest first: not ended, not past `expiresAt` at `now`, used since `usedSince`. */
  sessionsOf(
    subject: string,
    options: { readonly now: number; readonly usedSince: number },
  ): Promise<readonly SessionRow[]>
  /** Sessions that ended and whose access tokens may live beyond `now`, in the order of `revokedUntil`. */
  revoked(now: number): Promise<readonly EndedSession[]>
  /** Removes at most `limit` sessions that were past `expiresAt` before `before`; answers how many. */
  removeExpired(before: number, limit: number): Promise<number>

  // subjects and accounts ----------------------------------------------------------------------------------------------
  /** Epoch 0, not disabled, never raised, for a subject never seen. */
  subject(id: string): Promise<SubjectRow>
  /** Lets a disabled subject sign in again; false when it was not disabled. */
  enableSubject(id: string, audit: AuditEntry): Promise<boolean>
  createAccount(account: AccountRow, audit: AuditEntry): Promise<'created' | 'email_taken'>
  accountByEmail(emailKey: string): Promise<AccountRow | undefined>
  account(id: string): Promise<AccountRow | undefined>
  /**
   * Replaces the password hash when it still is `from`; raises the epoch, ends every session and inserts a new one, all in
   * one transaction.
   */
  changePassword(
    id: string,
    change: {
      readonly from: string
      readonly to: string
      readonly ending: Ending
      readonly session: NewSession
      readonly audit: AuditEntry
    },
  ): Promise<
    | { readonly result: 'changed'; readonly ended: readonly EndedSession[] }
    | { readonly result: 'hash_moved' | 'disabled' }
  >
  /** The same password under newer parameters: nothing ends. False when the hash was no longer `from`. */
  rehashPassword(id: string, from: string, to: string): Promise<boolean>

  // throttle -----------------------------------------------------------------------------------------------------------
  /**
   * Takes one try from every bucket, or from none: when each one is open at `now`, a failure is added to each and it closes
   * until `now` + its delay; when one is closed, nothing is written and `retryAt` says when the last of them opens. Atomic, so
   * that a hundred tries at once are a hundred tries. A bucket whose last try is older than `forget` milliseconds starts anew.
   */
  takeTry(
    buckets: readonly ThrottleBucket[],
    now: number,
    forget: number,
  ): Promise<{ readonly result: 'taken' } | { readonly result: 'closed'; readonly retryAt: number }>
  /** After a success: `cleared` buckets are forgotten, `returned` ones get this one try back and open. */
  returnTry(keys: { readonly cleared: readonly string[]; readonly returned: readonly string[] }): Promise<void>
  /** Removes at most `limit` buckets last written before `before`. */
  removeThrottles(before: number, limit: number): Promise<number>

  // keys and secrets ---------------------------------------------------------------------------------------------------
  keys(): Promise<readonly KeyRow[]>
  /** False when another node took this position (or made this kid) first. */
  insertKey(key: KeyRow, audit: AuditEntry): Promise<boolean>
  /** Lets a key that waits sign earlier: moves `signsFrom` when it still is `from` and the key was not revoked. */
  advanceKey(kid: string, from: number, to: number, audit: AuditEntry): Promise<boolean>
  revokeKey(kid: string, at: number, audit: AuditEntry): Promise<boolean>
  removeKey(kid: string, audit: AuditEntry): Promise<boolean>
  /** Seals again under another secret: replaces `sealed` when it still is `from`. */
  resealKey(kid: string, from: string, to: string): Promise<boolean>
  /** Fingerprints of the secrets this store has seen. */
  secrets(): Promise<readonly string[]>
  /** Notes a secret's fingerprint; noting it twice is nothing. */
  noteSecret(fingerprint: string, at: number): Promise<void>

  // recovery -----------------------------------------------------------------------------------------------------------
  /** The last one that was declared and not ended, also when its time is over. */
  recovery(): Promise<Recovery | undefined>
  /** Declares one; a later one takes the place of an earlier. */
  declareRecovery(recovery: Recovery, audit: AuditEntry): Promise<void>
  /** Ends it at once; false when none is under way at `at`. */
  endRecovery(at: number, audit: AuditEntry): Promise<boolean>

  // audit --------------------------------------------------------------------------------------------------------------
  appendAudit(entry: AuditEntry): Promise<void>
  audit(options: {
    readonly subject?: string
    readonly sessionId?: string
    readonly limit: number
  }): Promise<readonly AuditEntry[]>
  /**
   * Links at most `limit` lines that no link covers, in one transaction and by one process at a time: `link` is given the hash of the
   * link before ('' for none) and the line. Answers how many; 0 also when another process is at it.
   */
  chainAudit(
    link: (previous: string, line: AuditLine) => { readonly key: string; readonly hash: string },
    limit: number,
  ): Promise<number>
  /** Links after a position, in order. */
  auditChain(options: { readonly after: number; readonly limit: number }): Promise<readonly AuditLink[]>
  /** How many lines no link covers. */
  unchainedAudit(): Promise<number>

  // word between processes -----------------------------------------------------------------------------------------------
  /**
   * Tells every process that shares this store, this one included, what has been written already. A hint that may be lost with
   * a connection: who missed it reads `revoked` and `keys`. Nothing where the store is not `shared`.
   */
  announce(announcement: Announcement): Promise<void>
  /**
   * Hears announcements until the answer is called. `begun` comes each time listening begins, also after a lost connection: what
   * was said before was missed, so all of it is to be read again. Never rejects; it tries again by itself.
   */
  listen(hear: {
    readonly heard: (announcement: Announcement) => void
    readonly begun: () => void
  }): () => Promise<void>

  /** Answers when the database does; StoreUnavailable when it does not. */
  ping(): Promise<void>
  /** What the database's own settings say about keeping what it acknowledged, by their own names; for whoever runs it. */
  settings(): Promise<Readonly<Record<string, string>>>
  /** The store's clock, milliseconds: one time for all nodes that share it. */
  now(): Promise<number>
  close(): Promise<void>
}

/** The database did not answer, or not in time: whoever asked may come again (503), and nothing is known about the write. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable'
}
