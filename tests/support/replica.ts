// A replica of a PostgreSQL by real streaming replication, from the binaries the tests have: a copy of the data directory under
// pg_backup_start, a standby over a line that a test can cut, and a promotion.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync, readdirSync, lchownSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startBalancer, type Balancer } from './balancer.ts'
import { freePort } from './program.ts'
import type { PostgresServer } from './postgres.ts'
import { waitFor } from './wait-for.ts'

const NOBODY = 65534
const IS_ROOT = process.getuid?.() === 0

export interface Replica {
  readonly port: number
  /** The line that replication runs over. */
  readonly line: Balancer
  /** Resolves when the replica has everything the primary has now. */
  caughtUp(): Promise<void>
  /** Makes it a primary of its own. */
  promote(): Promise<void>
  remove(): Promise<void>
}

/** Makes a replica of a server that runs. */
export async function startReplica(primary: PostgresServer): Promise<Replica> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-replica-'))
  const data = join(directory, 'data')
  const line = await startBalancer([primary.port])
  const port = await freePort()

  const backup = new pg.Client({ connectionString: primary.url('postgres') })
  await backup.connect()
  await backup.query("select pg_backup_start('replica', true)")
  // Files of a running server come and go; what is missing or torn, the log brings (PostgreSQL, 25.3.3).
  cpSync(primary.data, data, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('postmaster.pid'),
  })
  const { rows } = await backup.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
  await backup.end()
  writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '')
  writeFileSync(join(data, 'standby.signal'), '')
  appendFileSync(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${line.port} user=hallpass application_name=replica'\nwal_retrieve_retry_interval = 100\n`,
  )
  if (IS_ROOT) giveAway(directory)

  const server: ChildProcess = spawn(
    join(primary.bin, 'postgres'),
    ['-D', data, ...primary.settings(port).flatMap((setting) => ['-c', setting])],
    { cwd: '/', stdio: 'ignore', ...(IS_ROOT && { uid: NOBODY, gid: NOBODY }) },
  )
  const url = `postgres://hallpass@127.0.0.1:${port}/postgres`
  await waitFor(() =>
    ask(url, 'select 1').then(
      () => true,
      () => false,
    ),
  )

  const position = async (at: string, text: string) => String((await ask(at, text))[0]?.['lsn'])
  return {
    port,
    line,
    async caughtUp() {
      const has = await position(primary.url('postgres'), 'select pg_current_wal_lsn() as lsn')
      await waitFor(async () => {
        const [row] = await ask(url, `select pg_last_wal_replay_lsn() >= '${has}'::pg_lsn as there`)
        return row?.['there'] === true
      })
    },
    async promote() {
      await ask(url, 'select pg_promote(true, 60)')
      await waitFor(async () => (await ask(url, 'select pg_is_in_recovery() as standby'))[0]?.['standby'] === false)
    },
    async remove() {
      if (server.exitCode === null) {
        server.kill('SIGINT')
        await once(server, 'exit')
      }
      await line.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function ask(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    await client.end().catch(() => undefined)
  }
}

function giveAway(directory: string): void {
  chownSync(directory, NOBODY, NOBODY)
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    lchownSync(join(entry.parentPath, entry.name), NOBODY, NOBODY)
}
