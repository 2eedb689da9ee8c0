// The word of an operator that the database was restored, in SQL: one row.
import { writeAudit } from './sql-audit.ts'
import { atomically, type Connected } from './schema.ts'
import type { Store } from './store.ts'

export function recoveryOperations({ db }: Connected): Pick<Store, 'recovery' | 'declareRecovery' | 'endRecovery'> {
  return {
    async recovery() {
      const row = await db.selectFrom('hallpass_recovery').select(['declared_at', 'until']).executeTakeFirst()
      return row && { declaredAt: row.declared_at, until: row.until }
    },

    declareRecovery: ({ declaredAt, until }, audit) =>
      atomically(db, async (trx) => {
        const times = { declared_at: declaredAt, until }
        await trx
          .insertInto('hallpass_recovery')
          .values({ singleton: 1, ...times })
          .onConflict((conflict) => conflict.column('singleton').doUpdateSet(times))
          .execute()
        await writeAudit(trx, audit)
      }),

    endRecovery: (at, audit) =>
      atomically(db, async (trx) => {
        // Taken away rather than dated: over at once, also for a node whose clock is behind.
        const row = await trx
          .deleteFrom('hallpass_recovery')
          .where('until', '>', at)
          .returning('until')
          .executeTakeFirst()
        if (row !== undefined) await writeAudit(trx, audit)
        return row !== undefined
      }),
  }
}
