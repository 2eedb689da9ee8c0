// Everything a database file holds, as text: two dumps are equal when nothing has changed in between.
import { DatabaseSync } from 'node:sqlite'

/** Links over the audit are made behind the writers, in their own time; the lines they link are in the dump. */
const MADE_LATER: readonly string[] = ['hallpass_audit_chain']

/** Every row of every table, sorted; `without` leaves out tables whose business it is to change (the throttle). */
export function dumpDatabase(file: string, without: readonly string[] = []): string {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const tables = database
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")
      .all()
      .map(({ name }) => String(name))
    const kept = tables.filter((table) => !without.includes(table) && !MADE_LATER.includes(table))
    return kept
      .flatMap((table) => [
        `table ${table}`,
        ...database
          .prepare(`select * from "${table}"`)
          .all()
          .map((row) => JSON.stringify(row, (_, value: unknown) => asText(value)))
          .toSorted(),
      ])
      .join('\n')
  } finally {
    database.close()
  }
}

function asText(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
