// The tables as both engines hold them, for Kysely's types. Booleans are 0 and 1, times are milliseconds, lists and objects
// are JSON text: what SQLite and PostgreSQL write alike, so that one implementation serves both.
import type { Generated, Kysely, Transaction } from 'kysely'
import type { Channel } from './channel.ts'

export type Engine = 'sqlite' | 'postgres'

export interface Tables {
  hallpass_store: { singleton: number; id: string; created_at: number }
  hallpass_sessions: SessionsTable
  hallpass_subjects: { id: string; epoch: number; disabled: number; raised_at: number | null }
  hallpass_accounts: AccountsTable
  hallpass_throttles: { key: string; failures: number; open_at: number; tried_at: number }
  hallpass_signing_keys: SigningKeysTable
  hallpass_secrets: { fingerprint: string; seen_at: number }
  hallpass_recovery: { singleton: number; declared_at: number; until: number }
  hallpass_audit: AuditTable
  hallpass_audit_chain: { position: number; audit_id: number; key: string; hash: string }
}

export interface SessionsTable {
  id: string
  subject: string
  nonce_hash: string
  generation: number
  proven: number
  rotated_at: number
  created_at: number
  expires_at: number
  ended_at: number | null
  end_reason: string | null
  revoked_until: number | null
  auth_time: number
  amr: string
  public_user: string
  device: string
  binding: string | null
  persistent: number
}

export interface AccountsTable {
  id: string
  email: string
  email_key: string
  email_verified: number
  name: string | null
  password_hash: string
  created_at: number
}

export interface SigningKeysTable {
  kid: string
  algorithm: string
  public_jwk: string
  sealed: string
  created_at: number
  signs_from: number
  position: number
  revoked_at: number | null
}

export interface AuditTable {
  id: Generated<number>
  at: number
  event: string
  subject: string | null
  session_id: string | null
  address: string | null
  detail: string | null
}

/** A connected database, before it is a store. */
export interface Connected {
  readonly engine: Engine
  readonly db: Kysely<Tables>
  /** The engine's clock, milliseconds. */
  readonly now: () => Promise<number>
  /** How processes that share it tell each other something; undefined where there is only one. */
  readonly channel?: Channel
  readonly close: () => Promise<void>
}

/** What an operation runs on: the database, or a transaction of it. */
export type Executor = Kysely<Tables> | Transaction<Tables>

/**
 * Runs `work` in one transaction. READ COMMITTED by name: the operations take their locks row by row and count on seeing, in
 * each statement, what was committed before it, whatever default a database was given.
 */
export function atomically<T>(db: Kysely<Tables>, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('read committed').execute(work)
}
