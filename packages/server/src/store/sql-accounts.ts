// Accounts in SQL. A changed password is one transaction: the new hash, the raised epoch, every session's end, the new session.
import type { Selectable } from 'kysely'
import { writeAudit } from './sql-audit.ts'
import { endAll, insert, lockSubject, raiseEpoch } from './sql-sessions.ts'
import { type AccountsTable, atomically, type Connected } from './schema.ts'
import type { AccountRow, Store } from './store.ts'

const COLUMNS = [
  'id',
  'email',
  'email_key',
  'email_verified',
  'name',
  'password_hash',
  'created_at',
] as const satisfies readonly (keyof AccountsTable)[]

type AccountOperations = Pick<
  Store,
  'createAccount' | 'accountByEmail' | 'account' | 'changePassword' | 'rehashPassword'
>

export function accountOperations({ db, engine }: Connected): AccountOperations {
  return {
    createAccount: (account, audit) =>
      atomically(db, async (trx) => {
        const row = await trx
          .insertInto('hallpass_accounts')
          .values({
            id: account.id,
            email: account.email,
            email_key: account.emailKey,
            email_verified: account.emailVerified ? 1 : 0,
            name: account.name,
            password_hash: account.passwordHash,
            created_at: account.createdAt,
          })
          .onConflict((conflict) => conflict.column('email_key').doNothing())
          .returning('id')
          .executeTakeFirst()
        if (row === undefined) return 'email_taken'
        await writeAudit(trx, audit)
        return 'created'
      }),

    async accountByEmail(emailKey) {
      const row = await db
        .selectFrom('hallpass_accounts')
        .select(COLUMNS)
        .where('email_key', '=', emailKey)
        .executeTakeFirst()
      return row && toAccount(row)
    },

    async account(id) {
      const row = await db.selectFrom('hallpass_accounts').select(COLUMNS).where('id', '=', id).executeTakeFirst()
      return row && toAccount(row)
    },

    changePassword: (id, { from, to, ending, session, audit }) =>
      atomically(db, async (trx) => {
        // Every check comes before the first write, so that a refusal has nothing to take back.
        const { disabled } = await lockSubject(trx, id, engine === 'postgres' ? 'update' : 'none')
        if (disabled) return { result: 'disabled' }
        const changed = await trx
          .updateTable('hallpass_accounts')
          .set({ password_hash: to })
          .where('id', '=', id)
          .where('password_hash', '=', from)
          .returning('id')
          .executeTakeFirst()
        if (changed === undefined) return { result: 'hash_moved' }
        await raiseEpoch(trx, id, ending.at)
        const ended = await endAll(trx, id, ending)
        await insert(trx, session)
        await writeAudit(trx, audit)
        return { result: 'changed', ended }
      }),

    async rehashPassword(id, from, to) {
      const row = await db
        .updateTable('hallpass_accounts')
        .set({ password_hash: to })
        .where('id', '=', id)
        .where('password_hash', '=', from)
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

function toAccount(row: Selectable<AccountsTable>): AccountRow {
  return {
    id: row.id,
    email: row.email,
    emailKey: row.email_key,
    emailVerified: row.email_verified === 1,
    name: row.name,
    passwordHash: row.password_hash,
    createdAt: row.created_at,
  }
}
