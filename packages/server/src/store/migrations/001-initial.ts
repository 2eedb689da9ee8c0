// The first schema. Every name begins with hallpass_, so that the tables may stand in an application's own database. The columns that a refresh changes (generation, proven, rotated_at) stand in no index and in no index's
// condition, and pages are left a third empty, so that PostgreSQL updates a row within its page and touches no index (HOT).
import type { Migration } from './migration.ts'

export const initial: Migration = {
  version: 1,
  name: 'initial',
  needs: 1,
  statements: (engine) => {
    const postgres = engine === 'postgres'
    // Bytes in order: the cheapest comparison, the same on both engines and under every locale.
    const text = postgres ? 'text collate "C"' : 'text'
    const whole = postgres ? 'bigint' : 'integer'
    const strict = postgres ? '' : 'strict'
    const roomy = postgres ? 'with (fillfactor = 70)' : 'strict'
    const counted = postgres ? 'bigint generated always as identity primary key' : 'integer primary key autoincrement'
    return [
      `create table hallpass_store (
        singleton integer primary key check (singleton = 1),
        id ${text} not null,
        created_at ${whole} not null
      ) ${strict}`,

      `create table hallpass_sessions (
        id ${text} primary key,
        subject ${text} not null,
        nonce_hash ${text} not null,
        generation ${whole} not null,
        proven ${whole} not null,
        rotated_at ${whole} not null,
        created_at ${whole} not null,
        expires_at ${whole} not null,
        ended_at ${whole},
        end_reason ${text},
        revoked_until ${whole},
        auth_time ${whole} not null,
        amr ${text} not null,
        public_user ${text} not null,
        device ${text} not null,
        binding ${text},
        persistent integer not null
      ) ${roomy}`,
      'create index hallpass_sessions_living on hallpass_sessions (subject) where ended_at is null',
      'create index hallpass_sessions_revoked on hallpass_sessions (revoked_until) where revoked_until is not null',
      'create index hallpass_sessions_expiring on hallpass_sessions (expires_at)',

      `create table hallpass_subjects (
        id ${text} primary key,
        epoch ${whole} not null,
        disabled integer not null,
        raised_at ${whole}
      ) ${strict}`,

      `create table hallpass_accounts (
        id ${text} primary key,
        email ${text} not null,
        email_key ${text} not null unique,
        email_verified integer not null,
        name ${text},
        password_hash ${text} not null,
        created_at ${whole} not null
      ) ${strict}`,

      `create table hallpass_throttles (
        key ${text} primary key,
        failures ${whole} not null,
        open_at ${whole} not null,
        tried_at ${whole} not null
      ) ${roomy}`,
      'create index hallpass_throttles_tried on hallpass_throttles (tried_at)',

      `create table hallpass_signing_keys (
        kid ${text} primary key,
        algorithm ${text} not null,
        public_jwk ${text} not null,
        sealed ${text} not null,
        created_at ${whole} not null,
        signs_from ${whole} not null,
        position integer not null unique,
        revoked_at ${whole}
      ) ${strict}`,

      `create table hallpass_secrets (
        fingerprint ${text} primary key,
        seen_at ${whole} not null
      ) ${strict}`,

      `create table hallpass_audit (
        id ${counted},
        at ${whole} not null,
        event ${text} not null,
        subject ${text},
        session_id ${text},
        address ${text},
        detail ${text}
      ) ${strict}`,
      'create index hallpass_audit_subject on hallpass_audit (subject, id) where subject is not null',
      'create index hallpass_audit_session on hallpass_audit (session_id, id) where session_id is not null',
    ]
  },
}
