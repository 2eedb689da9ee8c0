// The audit in SQL: lines are added, in the transaction of what they tell of, and read newest first.
import { type Connected, type Executor } from './schema.ts'
import type { AuditEntry, Store } from './store.ts'

export function auditOperations({ db }: Connected): Pick<Store, 'appendAudit' | 'audit'> {
  return {
    appendAudit: (entry) => writeAudit(db, entry),

    async audit({ subject, sessionId, limit }) {
      const rows = await db
        .selectFrom('hallpass_audit')
        .select(['at', 'event', 'subject', 'session_id', 'address', 'detail'])
        .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
        .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId ?? ''))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        at: row.at,
        event: row.event,
        ...(row.subject !== null && { subject: row.subject }),
        ...(row.session_id !== null && { sessionId: row.session_id }),
        ...(row.address !== null && { address: row.address }),
        ...(row.detail !== null && { detail: JSON.parse(row.detail) as NonNullable<AuditEntry['detail']> }),
      }))
    },
  }
}

export async function writeAudit(on: Executor, entry: AuditEntry): Promise<void> {
  await on
    .insertInto('hallpass_audit')
    .values({
      at: entry.at,
      event: entry.event,
      subject: entry.subject ?? null,
      session_id: entry.sessionId ?? null,
      address: entry.address ?? null,
      detail: entry.detail === undefined ? null : JSON.stringify(entry.detail),
    })
    .execute()
}
