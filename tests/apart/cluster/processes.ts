// The processes of a deployment: `hallpass serve` as nodes, and small services behind a guard. Nodes are killed and started again on
// their ports.
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startProgram, type Program } from '../../support/program.ts'
import { startScript } from '../../support/script.ts'

export interface Node {
  readonly port: number
  start(): Promise<void>
  /** SIGKILL, as a machine that fails. */
  kill(): Promise<void>
  running(): boolean
  /** Kills it, and starts it no more. */
  close(): Promise<void>
  /** How its refreshes came out since it was first started, by outcome. */
  outcomes(): Readonly<Record<string, number>>
  /** The last that it said, for whoever looks for what went wrong. */
  last(): string
}

/** A node of the program itself; `environment` is what a deployment sets. */
export async function issuingNode(environment: Readonly<Record<string, string>>): Promise<Node> {
  const port = await freePort()
  const counts: Record<string, number> = {}
  let program: Program | undefined
  let said = ''
  const state = { closed: false }
  const count = (output: string) => {
    for (const [, outcome = ''] of output.matchAll(/"outcome":"(\w+)"/g)) counts[outcome] = (counts[outcome] ?? 0) + 1
    said = output.slice(-2_000)
  }
  const kill = async () => {
    const killed = program
    program = undefined
    await killed?.close()
    if (killed !== undefined) count(killed.output())
  }
  return {
    port,
    kill,
    async close() {
      state.closed = true
      await kill()
    },
    async start() {
      // One that cannot reach its database ends; whoever keeps it running starts it again.
      for (let attempt = 1; program === undefined && !state.closed; attempt++) {
        try {
          program = await startProgram({ port, env: { ...environment, HALLPASS_TRUSTED_PROXY_HOPS: '1' } })
        } catch (error) {
          if (attempt === 20) throw error
          await sleep(500)
        }
      }
      if (state.closed) await kill()
    },
    running: () => program !== undefined,
    outcomes: () => counts,
    last: () => program?.output().slice(-2_000) ?? said,
  }
}

export interface Service {
  readonly port: number
  close(): Promise<void>
}

const SERVICE = `
  const { createServer } = await import('node:http')
  const { guard } = await import('@hallpass/guard')
  const { ISSUER: issuer, ON_STALE: onStale, MAX_STALENESS } = process.env
  // Which keys it has been given, for a test that wants to know; nothing is altered on the way.
  const { fetch } = globalThis
  let kids = []
  globalThis.fetch = async (...asked) => {
    const answer = await fetch(...asked)
    if (answer.status === 200 && String(asked[0]).endsWith('/jwks'))
      kids = (await answer.clone().json()).keys.map(({ kid }) => kid)
    return answer
  }
  const checks = guard({ issuer, audience: issuer, onStale, maxStaleness: Number(MAX_STALENESS) })
  const server = createServer(async (request, response) => {
    if (request.url === '/keys') return response.end(JSON.stringify(kids))
    const checked = await checks.check(request.headers.authorization)
    response.writeHead(checked.ok ? 200 : checked.refusal.status).end(checked.ok ? 'ok' : checked.refusal.code)
  })
  server.listen(0, '127.0.0.1', () => process.stdout.write('listens ' + server.address().port + '\\n'))
  process.stdin.on('end', () => process.exit(0)).resume()
`

/** A service that knows nothing but the issuer's address. */
export async function checkingService(environment: {
  readonly ISSUER: string
  readonly ON_STALE: 'accept' | 'reject'
  readonly MAX_STALENESS: string
}): Promise<Service> {
  const script = startScript(SERVICE, import.meta.url, environment)
  const port = Number((await script.line('listens ')).slice('listens '.length))
  return {
    port,
    async close() {
      script.child.stdin.end()
      await script.end()
    },
  }
}
