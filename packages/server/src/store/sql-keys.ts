// Signing keys and the secrets that sealed them, in SQL.
import { writeAudit } from './sql-audit.ts'
import { atomically, type Connected } from './schema.ts'
import type { Store } from './store.ts'

type KeyOperations = Pick<
  Store,
  'keys' | 'insertKey' | 'advanceKey' | 'revokeKey' | 'removeKey' | 'resealKey' | 'secrets' | 'noteSecret'
>

export function keyOperations({ db }: Connected): KeyOperations {
  return {
    async keys() {
      const rows = await db
        .selectFrom('hallpass_signing_keys')
        .select(['kid', 'algorithm', 'public_jwk', 'sealed', 'created_at', 'signs_from', 'position', 'revoked_at'])
        .orderBy('position')
        .execute()
      return rows.map((row) => ({
        kid: row.kid,
        algorithm: row.algorithm,
        publicJwk: row.public_jwk,
        sealed: row.sealed,
        createdAt: row.created_at,
        signsFrom: row.signs_from,
        position: row.position,
        revokedAt: row.revoked_at,
      }))
    },

    insertKey: (key, audit) =>
      atomically(db, async (trx) => {
        const row = await trx
          .insertInto('hallpass_signing_keys')
          .values({
            kid: key.kid,
            algorithm: key.algorithm,
            public_jwk: key.publicJwk,
            sealed: key.sealed,
            created_at: key.createdAt,
            signs_from: key.signsFrom,
            position: key.position,
            revoked_at: key.revokedAt,
          })
          // Of any constraint: the position or the kid.
          .onConflict((conflict) => conflict.doNothing())
          .returning('kid')
          .executeTakeFirst()
        if (row !== undefined) await writeAudit(trx, audit)
        return row !== undefined
      }),

    advanceKey: (kid, from, to, audit) =>
      atomically(db, async (trx) => {
        const row = await trx
          .updateTable('hallpass_signing_keys')
          .set({ signs_from: to })
          .where('kid', '=', kid)
          .where('signs_from', '=', from)
          .where('revoked_at', 'is', null)
          .returning('kid')
          .executeTakeFirst()
        if (row !== undefined) await writeAudit(trx, audit)
        return row !== undefined
      }),

    revokeKey: (kid, at, audit) =>
      atomically(db, async (trx) => {
        const row = await trx
          .updateTable('hallpass_signing_keys')
          .set({ revoked_at: at })
          .where('kid', '=', kid)
          .where('revoked_at', 'is', null)
          .returning('kid')
          .executeTakeFirst()
        if (row !== undefined) await writeAudit(trx, audit)
        return row !== undefined
      }),

    removeKey: (kid, audit) =>
      atomically(db, async (trx) => {
        const row = await trx
          .deleteFrom('hallpass_signing_keys')
          .where('kid', '=', kid)
          .returning('kid')
          .executeTakeFirst()
        if (row !== undefined) await writeAudit(trx, audit)
        return row !== undefined
      }),

    async resealKey(kid, from, to) {
      const row = await db
        .updateTable('hallpass_signing_keys')
        .set({ sealed: to })
        .where('kid', '=', kid)
        .where('sealed', '=', from)
        .returning('kid')
        .executeTakeFirst()
      return row !== undefined
    },

    async secrets() {
      const rows = await db.selectFrom('hallpass_secrets').select('fingerprint').orderBy('seen_at').execute()
      return rows.map((row) => row.fingerprint)
    },

    async noteSecret(fingerprint, at) {
      await db
        .insertInto('hallpass_secrets')
        .values({ fingerprint, seen_at: at })
        .onConflict((conflict) => conflict.column('fingerprint').doNothing())
        .execute()
    },
  }
}
