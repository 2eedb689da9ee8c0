// Fresh, empty databases of both engines for a test file: a real file, and a database of a real server.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type PostgresServer } from './postgres.ts'

export const engines = ['sqlite', 'postgres'] as const
export type EngineName = (typeof engines)[number]

export interface Databases {
  /** What `database` and DATABASE_URL are given: a path or a URL. */
  fresh(engine: EngineName): Promise<string>
  readonly postgres: PostgresServer
  close(): Promise<void>
}

export async function startDatabases(): Promise<Databases> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-databases-'))
  const postgres = await startPostgres()
  let files = 0
  return {
    postgres,
    fresh: async (engine) =>
      engine === 'postgres' ? postgres.createDatabase() : join(directory, `${++files}`, 'hallpass.db'),
    async close() {
      await postgres.remove()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
