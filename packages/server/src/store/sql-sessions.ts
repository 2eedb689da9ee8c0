// Sessions and subjects in SQL. Locks are always taken in one order, the subject first and its sessions after, so that no two
// operations wait for each other; what decides a race is the subject's row.
import type { Selectable } from 'kysely'
import { writeAudit } from './sql-audit.ts'
import { atomically, type Connected, type Executor, type SessionsTable } from './schema.ts'
import type {
  EndedSession,
  Ending,
  EndReason,
  NewSession,
  SessionDevice,
  SessionRow,
  SessionUser,
  Store,
  SubjectRow,
} from './store.ts'

// Named, never `*`: a column that a newer program adds must not change what a prepared statement answers.
const COLUMNS = [
  'id',
  'subject',
  'nonce_hash',
  'generation',
  'proven',
  'rotated_at',
  'created_at',
  'expires_at',
  'ended_at',
  'end_reason',
  'revoked_until',
  'auth_time',
  'amr',
  'public_user',
  'device',
  'binding',
  'persistent',
] as const satisfies readonly (keyof SessionsTable)[]

type SessionOperations = Pick<
  Store,
  | 'insertSession'
  | 'session'
  | 'rotate'
  | 'endSession'
  | 'endSubject'
  | 'sessionsOf'
  | 'revoked'
  | 'removeExpired'
  | 'subject'
  | 'enableSubject'
>

export function sessionOperations({ db, engine }: Connected): SessionOperations {
  const postgres = engine === 'postgres'

  const update = (
    on: Executor,
    id: string,
    when: Parameters<Store['rotate']>[1],
    write: Parameters<Store['rotate']>[2],
  ) =>
    on
      .updateTable('hallpass_sessions')
      .set({ generation: write.generation, proven: write.proven, rotated_at: write.rotatedAt })
      .where('id', '=', id)
      .where('nonce_hash', '=', when.nonceHash)
      .where('generation', '=', when.generation)
      .where('rotated_at', '=', when.rotatedAt)
      .where('binding', 'is not distinct from', when.binding)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', when.now)
      .$if(when.proven !== undefined, (query) => query.where('proven', '=', when.proven ?? null))
      .returning(COLUMNS)
      .executeTakeFirst()

  return {
    insertSession: (session, { underEpoch, replacing, audit }) =>
      atomically(db, async (trx) => {
        // Held to the end of the transaction: an epoch that is raised meanwhile waits, or has been seen.
        const { epoch, disabled } = await lockSubject(trx, session.subject, postgres ? 'share' : 'none')
        if (disabled) return { result: 'disabled' }
        if (epoch !== underEpoch) return { result: 'epoch_moved' }
        const ended = replacing && (await endOne(trx, replacing.id, replacing))
        await insert(trx, session)
        await writeAudit(trx, audit)
        return { result: 'inserted', ...(ended && { ended }) }
      }),

    async session(id) {
      const row = await db.selectFrom('hallpass_sessions').select(COLUMNS).where('id', '=', id).executeTakeFirst()
      return row && toSession(row)
    },

    async rotate(id, when, write, audit) {
      if (audit === undefined) {
        const row = await update(db, id, when, write)
        return row && toSession(row)
      }
      return atomically(db, async (trx) => {
        const row = await update(trx, id, when, write)
        if (row !== undefined) await writeAudit(trx, audit)
        return row && toSession(row)
      })
    },

    endSession: (id, { subject, audit, ...ending }) =>
      atomically(db, async (trx) => {
        const ended = await endOne(trx, id, ending, subject)
        if (ended !== undefined) await writeAudit(trx, audit)
        return ended
      }),

    endSubject: (subject, { disable, audit, ...ending }) =>
      atomically(db, async (trx) => {
        await raiseEpoch(trx, subject, ending.at, disable)
        const ended = await endAll(trx, subject, ending)
        await writeAudit(trx, audit)
        return ended
      }),

    async sessionsOf(subject, { now, usedSince }) {
      const rows = await db
        .selectFrom('hallpass_sessions')
        .select(COLUMNS)
        .where('subject', '=', subject)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('rotated_at', '>=', usedSince)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(toSession)
    },

    async revoked(now) {
      const rows = await db
        .selectFrom('hallpass_sessions')
        .select(['id', 'subject', 'revoked_until'])
        .where('revoked_until', '>', now)
        .orderBy('revoked_until')
        .orderBy('id')
        .execute()
      return rows.map(toEnded)
    },

    async removeExpired(before, limit) {
      const { numDeletedRows } = await db
        .deleteFrom('hallpass_sessions')
        .where('id', 'in', (from) =>
          from
            .selectFrom('hallpass_sessions')
            .select('id')
            .where('expires_at', '<', before)
            .orderBy('expires_at')
            .limit(limit)
            // Several nodes clean up side by side instead of queueing for the same rows.
            .$if(postgres, (query) => query.forUpdate().skipLocked()),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    },

    async subject(id) {
      const row = await db
        .selectFrom('hallpass_subjects')
        .select(['epoch', 'disabled', 'raised_at'])
        .where('id', '=', id)
        .executeTakeFirst()
      return { epoch: row?.epoch ?? 0, disabled: row?.disabled === 1, raisedAt: row?.raised_at ?? null }
    },

    enableSubject: (id, audit) =>
      atomically(db, async (trx) => {
        const row = await trx
          .updateTable('hallpass_subjects')
          .set({ disabled: 0 })
          .where('id', '=', id)
          .where('disabled', '=', 1)
          .returning('id')
          .executeTakeFirst()
        if (row !== undefined) await writeAudit(trx, audit)
        return row !== undefined
      }),
  }
}

/**
 * A subject's row, made when it was never seen, held until the transaction ends: `share` lets sign-ins of one subject pass
 * side by side, `update` lets nobody. SQLite has one writer at a time and needs neither.
 */
export async function lockSubject(
  trx: Executor,
  id: string,
  hold: 'share' | 'update' | 'none',
): Promise<Omit<SubjectRow, 'raisedAt'>> {
  await trx
    .insertInto('hallpass_subjects')
    .values({ id, epoch: 0, disabled: 0, raised_at: null })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  const { epoch, disabled } = await trx
    .selectFrom('hallpass_subjects')
    .select(['epoch', 'disabled'])
    .where('id', '=', id)
    .$if(hold === 'share', (query) => query.forShare())
    .$if(hold === 'update', (query) => query.forUpdate())
    .executeTakeFirstOrThrow()
  return { epoch, disabled: disabled === 1 }
}

/** Raises the epoch, so that no session can be inserted under the one that was read before. */
export async function raiseEpoch(trx: Executor, id: string, at: number, disable = false): Promise<void> {
  const raised = { raised_at: at, ...(disable && { disabled: 1 }) }
  await trx
    .insertInto('hallpass_subjects')
    .values({ id, epoch: 1, disabled: 0, ...raised })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => ({ epoch: row('hallpass_subjects.epoch', '+', 1), ...raised })),
    )
    .execute()
}

export async function insert(trx: Executor, session: NewSession): Promise<void> {
  await trx
    .insertInto('hallpass_sessions')
    .values({
      id: session.id,
      subject: session.subject,
      nonce_hash: session.nonceHash,
      generation: 0,
      proven: -1,
      rotated_at: session.createdAt,
      created_at: session.createdAt,
      expires_at: session.expiresAt,
      ended_at: null,
      end_reason: null,
      revoked_until: null,
      auth_time: session.authTime,
      amr: JSON.stringify(session.amr),
      public_user: JSON.stringify(session.user),
      device: JSON.stringify(session.device),
      binding: session.binding,
      persistent: session.persistent ? 1 : 0,
    })
    .execute()
}

/** Ends what lives of a subject; `raiseEpoch` comes before it, so that nothing is inserted behind it. */
export async function endAll(trx: Executor, subject: string, ending: Ending): Promise<readonly EndedSession[]> {
  const rows = await trx
    .updateTable('hallpass_sessions')
    .set({ ended_at: ending.at, end_reason: ending.reason, revoked_until: ending.revokedUntil })
    .where('subject', '=', subject)
    .where('ended_at', 'is', null)
    .returning(['id', 'subject', 'revoked_until'])
    .execute()
  return rows.map(toEnded)
}

async function endOne(trx: Executor, id: string, ending: Ending, subject?: string): Promise<EndedSession | undefined> {
  const row = await trx
    .updateTable('hallpass_sessions')
    .set({ ended_at: ending.at, end_reason: ending.reason, revoked_until: ending.revokedUntil })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
    .returning(['id', 'subject', 'revoked_until'])
    .executeTakeFirst()
  return row && toEnded(row)
}

function toEnded(row: Pick<Selectable<SessionsTable>, 'id' | 'subject' | 'revoked_until'>): EndedSession {
  return { id: row.id, subject: row.subject, revokedUntil: row.revoked_until ?? 0 }
}

/** Only this file writes these columns, so what stands in them is what it wrote. */
function toSession(row: Selectable<SessionsTable>): SessionRow {
  return {
    id: row.id,
    subject: row.subject,
    nonceHash: row.nonce_hash,
    generation: row.generation,
    proven: row.proven,
    rotatedAt: row.rotated_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason as EndReason | null,
    revokedUntil: row.revoked_until,
    authTime: row.auth_time,
    amr: JSON.parse(row.amr) as readonly string[],
    user: JSON.parse(row.public_user) as SessionUser,
    device: JSON.parse(row.device) as SessionDevice,
    binding: row.binding,
    persistent: row.persistent === 1,
  }
}
