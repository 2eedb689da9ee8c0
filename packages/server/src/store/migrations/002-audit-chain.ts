// Links that chain the lines of the audit, in a table of their own: the audit itself is only ever added to. Expands only: a program that
// knows nothing of it goes on working.
import type { Migration } from './migration.ts'

export const auditChain: Migration = {
  version: 2,
  name: 'audit chain',
  needs: 1,
  statements: (engine) => {
    const postgres = engine === 'postgres'
    const text = postgres ? 'text collate "C"' : 'text'
    const whole = postgres ? 'bigint' : 'integer'
    return [
      `create table hallpass_audit_chain (
        position ${whole} primary key,
        audit_id ${whole} not null unique,
        key ${text} not null,
        hash ${text} not null
      ) ${postgres ? '' : 'strict'}`,
    ]
  },
}
