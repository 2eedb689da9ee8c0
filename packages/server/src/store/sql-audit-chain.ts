// The chain over the audit in SQL: links are made behind the writers, in batches, by one process at a time, so that no sign-in waits for
// another one's line.
import { sql } from 'kysely'
import { atomically, type AuditTable, type Connected, type Executor } from './schema.ts'
import type { AuditLine, Store } from './store.ts'
import type { Selectable } from 'kysely'

/** Lines get their ids before they are committed: so far behind the newest linked one is looked for late ones. */
const LATE = 10_000
/** Beside the one of the migrations. */
const ADVISORY_LOCK = 0x68_61_6c_6d

export function auditChainOperations({
  db,
  engine,
}: Connected): Pick<Store, 'chainAudit' | 'auditChain' | 'unchainedAudit'> {
  return {
    chainAudit: (link, limit) =>
      atomically(db, async (trx) => {
        if (engine === 'postgres' && !(await locked(trx))) return 0
        const last = await trx
          .selectFrom('hallpass_audit_chain')
          .select(['position', 'hash'])
          .orderBy('position', 'desc')
          .limit(1)
          .executeTakeFirst()
        const newest = await trx
          .selectFrom('hallpass_audit_chain')
          .select(({ fn }) => fn.max('audit_id').as('id'))
          .executeTakeFirst()
        const rows = await unchained(trx)
          .select(COLUMNS)
          .where('hallpass_audit.id', '>', (newest?.id ?? 0) - LATE)
          .orderBy('hallpass_audit.id')
          .limit(limit)
          .execute()
        let position = last?.position ?? 0
        let hash = last?.hash ?? ''
        const links = rows.map((row) => {
          const linked = link(hash, toLine(row))
          hash = linked.hash
          return { position: ++position, audit_id: row.id, ...linked }
        })
        if (links.length > 0) await trx.insertInto('hallpass_audit_chain').values(links).execute()
        return links.length
      }),

    async auditChain({ after, limit }) {
      const rows = await db
        .selectFrom('hallpass_audit_chain as chain')
        .leftJoin('hallpass_audit', 'hallpass_audit.id', 'chain.audit_id')
        .select(['chain.position', 'chain.audit_id', 'chain.key', 'chain.hash', ...COLUMNS])
        .where('chain.position', '>', after)
        .orderBy('chain.position')
        .limit(limit)
        .execute()
      return rows.map(({ position, audit_id: auditId, key, hash, ...row }) => ({
        position,
        auditId,
        key,
        hash,
        line:
          row.id === null || row.at === null || row.event === null
            ? undefined
            : toLine({ ...row, id: row.id, at: row.at, event: row.event }),
      }))
    },

    async unchainedAudit() {
      const row = await unchained(db)
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirst()
      return Number(row?.count ?? 0)
    },
  }
}

const COLUMNS = [
  'hallpass_audit.id',
  'hallpass_audit.at',
  'hallpass_audit.event',
  'hallpass_audit.subject',
  'hallpass_audit.session_id',
  'hallpass_audit.address',
  'hallpass_audit.detail',
] as const

function unchained(on: Executor) {
  return on
    .selectFrom('hallpass_audit')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('hallpass_audit_chain')
            .select('position')
            .whereRef('hallpass_audit_chain.audit_id', '=', 'hallpass_audit.id'),
        ),
      ),
    )
}

/** Whoever comes second has nothing to do: the first one does it. */
async function locked(trx: Executor): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(${sql.lit(ADVISORY_LOCK)}) as locked`.execute(trx)
  return rows[0]?.locked === true
}

function toLine(row: Selectable<AuditTable>): AuditLine {
  const { id, at, event, subject, session_id: sessionId, address, detail } = row
  return { id, at, event, subject, sessionId, address, detail }
}
