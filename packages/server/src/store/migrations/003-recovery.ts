// Where an operator's word is kept that the database was restored from a backup. Expands only.
import type { Migration } from './migration.ts'

export const recovery: Migration = {
  version: 3,
  name: 'recovery',
  needs: 1,
  statements: (engine) => {
    const whole = engine === 'postgres' ? 'bigint' : 'integer'
    return [
      `create table hallpass_recovery (
        singleton integer primary key check (singleton = 1),
        declared_at ${whole} not null,
        until ${whole} not null
      ) ${engine === 'postgres' ? '' : 'strict'}`,
    ]
  },
}
