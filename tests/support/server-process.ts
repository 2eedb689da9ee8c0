// A node of a deployment: the server with its own sockets in a process of its own, which a test can ask for what happened,
// whose clock it can move, and which it can kill.
import { startScript } from './script.ts'

export interface ServerProcess {
  readonly address: string
  /** Outcomes of refreshes so far, oldest first. */
  outcomes(): readonly string[]
  /** Moves its clock, and waits until it has. */
  advance(milliseconds: number): Promise<void>
  /** Ends it in good order. */
  close(): Promise<void>
  kill(): Promise<void>
}

export interface ServerProcessOptions {
  readonly database: string
  readonly secret: string
  readonly issuer: string
}

const NODE = `
  const { createServer } = await import('node:http')
  const { createInterface } = await import('node:readline')
  const { hallpass } = await import('@hallpass/server')
  const { mount } = await import('@hallpass/server/node')
  const { DATABASE: database, SECRET: secret, ISSUER: issuer } = process.env
  let moved = 0
  const say = (line) => process.stdout.write(line + '\\n')
  const auth = await hallpass({
    database, secret, issuer,
    now: () => Date.now() + moved,
    onEvent: (event) => {
      if (event.event === 'refresh') say('refresh ' + event.outcome)
      if (event.event === 'failed') console.error(event.error)
    },
  })
  const server = createServer(mount(auth))
  server.listen(0, '127.0.0.1', () => say('listens ' + server.address().port))
  for await (const line of createInterface({ input: process.stdin })) {
    moved = Number(line)
    say('moved ' + moved)
  }
  server.close()
  server.closeAllConnections()
  await auth.close()
`

/** Starts a node; several may share a PostgreSQL database. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { database, secret, issuer } = options
  const script = startScript(NODE, import.meta.url, { DATABASE: database, SECRET: secret, ISSUER: issuer })
  const port = (await script.line('listens ')).slice('listens '.length)
  let moved = 0
  const end = async () => {
    const { code, errors } = await script.end()
    if (code !== 0) throw new Error(`a server process ended with ${code}: ${errors}`)
  }
  return {
    address: `http://127.0.0.1:${port}`,
    outcomes: () =>
      script.lines().flatMap((line) => (line.startsWith('refresh ') ? [line.slice('refresh '.length)] : [])),
    async advance(milliseconds) {
      moved += milliseconds
      script.child.stdin.write(`${moved}\n`)
      await script.line(`moved ${moved}`)
    },
    async close() {
      script.child.stdin.end()
      await end()
    },
    async kill() {
      script.child.kill('SIGKILL')
      await script.end()
    },
  }
}
