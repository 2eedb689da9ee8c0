// The throttle in SQL: tries are taken from several buckets at once or from none, under any number of nodes.
import { type Selectable, sql } from 'kysely'
import { atomically, type Connected, type Executor, type Tables } from './schema.ts'
import type { Store, ThrottleBucket } from './store.ts'

type ThrottleOperations = Pick<Store, 'takeTry' | 'returnTry' | 'removeThrottles'>

export function throttleOperations({ db, engine }: Connected): ThrottleOperations {
  const postgres = engine === 'postgres'

  const standing = (on: Executor, keys: readonly string[], held: boolean) =>
    on
      .selectFrom('hallpass_throttles')
      .select(['key', 'failures', 'open_at', 'tried_at'])
      .where('key', 'in', keys)
      .orderBy('key')
      .$if(postgres && held, (query) => query.forUpdate())
      .execute()

  return {
    async takeTry(buckets, now, forget) {
      // One order for everybody, so that two tries never wait for each other.
      const keys = [...new Set(buckets.map((bucket) => bucket.key))].sort()
      // A look without a lock: whoever tries again and again at a closed door costs one read and no write.
      const closed = closedUntil(await standing(db, keys, false), now, forget)
      if (closed !== undefined) return { result: 'closed', retryAt: closed }

      return atomically(db, async (trx) => {
        for (const key of keys) {
          // An untouched row stands for "never tried". It also is what concurrent tries queue for.
          await trx
            .insertInto('hallpass_throttles')
            .values({ key, failures: 0, open_at: 0, tried_at: now })
            .onConflict((conflict) => conflict.column('key').doNothing())
            .execute()
        }
        const rows = await standing(trx, keys, true)
        const retryAt = closedUntil(rows, now, forget)
        if (retryAt !== undefined) {
          await trx.deleteFrom('hallpass_throttles').where('key', 'in', keys).where('failures', '=', 0).execute()
          return { result: 'closed', retryAt }
        }
        for (const bucket of buckets) {
          const row = rows.find(({ key }) => key === bucket.key)
          const failures = (row === undefined || isForgotten(row, now, forget) ? 0 : row.failures) + 1
          await trx
            .updateTable('hallpass_throttles')
            .set({ failures, open_at: now + delay(bucket, failures), tried_at: now })
            .where('key', '=', bucket.key)
            .execute()
        }
        return { result: 'taken' }
      })
    },

    returnTry: ({ cleared, returned }) =>
      atomically(db, async (trx) => {
        for (const key of [...new Set([...cleared, ...returned])].sort()) {
          if (cleared.includes(key)) {
            await trx.deleteFrom('hallpass_throttles').where('key', '=', key).execute()
          } else {
            await trx
              .updateTable('hallpass_throttles')
              .set({ failures: sql`case when failures > 0 then failures - 1 else 0 end`, open_at: 0 })
              .where('key', '=', key)
              .execute()
          }
        }
      }),

    async removeThrottles(before, limit) {
      const { numDeletedRows } = await db
        .deleteFrom('hallpass_throttles')
        .where('key', 'in', (from) =>
          from
            .selectFrom('hallpass_throttles')
            .select('key')
            .where('tried_at', '<', before)
            .orderBy('tried_at')
            .limit(limit)
            .$if(postgres, (query) => query.forUpdate().skipLocked()),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

type Row = Selectable<Tables['hallpass_throttles']>

function isForgotten(row: Row, now: number, forget: number): boolean {
  return now - row.tried_at > forget
}

/** When the last of these buckets opens; undefined when all are open. */
function closedUntil(rows: readonly Row[], now: number, forget: number): number | undefined {
  const remembered = rows.filter((row) => !isForgotten(row, now, forget))
  const retryAt = Math.max(0, ...remembered.map((row) => row.open_at))
  return retryAt > now ? retryAt : undefined
}

/** The wait after the nth failure, milliseconds. */
function delay({ delays }: ThrottleBucket, failures: number): number {
  return delays[Math.min(failures, delays.length) - 1] ?? 0
}
