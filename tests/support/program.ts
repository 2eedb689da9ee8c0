// The program as a person runs it: a process of its own, with its own data directory and an environment that holds nothing else.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exchange, type Answer, type Question } from './http-exchange.ts'
import { waitFor } from './wait-for.ts'

export interface Program {
  /** The public address, `http://localhost:PORT` unless the options say otherwise. */
  readonly origin: string
  readonly port: number
  readonly dataDirectory: string
  readonly process: ChildProcess
  /** Everything it has written so far, on both streams. */
  output(): string
  ask(method: string, path: string, question?: Question): Promise<Answer>
  /** Puts its clock forward; it must have been started with `testClock`. */
  advance(milliseconds: number): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, as a machine that fails. The data directory stays. */
  kill(): Promise<void>
  /** Stops it, however it is, and removes its data. */
  close(): Promise<void>
}

export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly port?: number
  /** To start again on what another one left. It is not removed at the end. */
  readonly dataDirectory?: string
  readonly testClock?: boolean
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const command = ['-C', '@hallpass/source', join(root, 'packages/hallpass/src/main.ts')]

/** Nothing of the environment the tests run in: a variable that happens to be set there must not decide. */
const emptyEnvironment = { PATH: process.env['PATH'] ?? '' }

/** Builds the pages when they are missing or stale: what a browser test looks at is what the sources say. */
export function buildPages(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/pages.mjs')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the pages cannot be built: ${stderr}`)
}

/** Starts `hallpass serve` and resolves when it says that it is ready. */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const { args = [], env = {}, port = await freePort(), testClock = false } = options
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'hallpass-program-'))
  const child = spawn(
    process.execPath,
    [...command, 'serve', ...args, ...(testClock ? ['--insecure-test-clock'] : [])],
    {
      cwd: dataDirectory,
      env: { ...emptyEnvironment, PORT: String(port), HALLPASS_DATA: dataDirectory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))

  const ended = () => child.exitCode !== null || child.signalCode !== null
  await waitFor(() => ended() || output.includes('ready on '), 120_000).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  if (ended()) throw new Error(`the program did not start: ${output}`)

  const origin = `http://localhost:${port}`
  const address = `http://127.0.0.1:${port}`
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (!ended()) {
      child.kill(signal)
      await once(child, 'exit')
    }
    return child.exitCode
  }
  const ask: Program['ask'] = (method, path, question = {}) => exchange(address, method, path, question)

  return {
    origin,
    port,
    dataDirectory,
    process: child,
    output: () => output,
    ask,
    async advance(milliseconds) {
      const { status } = await ask('POST', '/test/clock', { json: { advance: milliseconds } })
      if (status !== 200) throw new Error(`the clock did not move: ${status}`)
    },
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL')
    },
    async close() {
      await end('SIGKILL')
      if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true })
    },
  }
}

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program to its end: for commands that answer at once, and for starts that are refused. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    cwd: tmpdir(),
    env: { ...emptyEnvironment, ...env },
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  return { code: status, stdout, stderr }
}

/** A port nobody listens on, on either loopback address, at the moment of asking. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  server.close()
  await once(server, 'close')
  return address.port
}
