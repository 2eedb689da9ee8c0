// A machine that fails: `hallpass serve` is killed (kill -9) at a random moment of a storm of refreshes and sign-outs, started
// again on what it left, 20 times (RT-08; HALLPASS_KILLS=100 for the long form). After each start no honest client is signed
// out, no acknowledged sign-out is lost, and nothing that ended comes back.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exchange, type Answer } from '../support/http-exchange.ts'
import { device, newEmail, PASSWORD } from '../support/people.ts'
import { freePort, type Program, startProgram } from '../support/program.ts'
import { waitFor } from '../support/wait-for.ts'

const KILLS = Number(process.env['HALLPASS_KILLS'] ?? 20)
const CLIENTS = 10

/** A browser that is signed in: it keeps the cookie it was last given, whatever else happens. */
interface Client {
  readonly sessionId: string
  cookie: string
  /** `sent`: a sign-out whose answer never came; it may have been carried out, or not. */
  signOut: 'none' | 'sent' | 'acknowledged'
  /** The server told it that its session is over. */
  over: boolean
}

let directory: string
let port: number
let program: Program | undefined
/** How far the clock was moved: a new process begins at the true time again. */
let moved = 0
let email: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hallpass-kill-'))
  port = await freePort()
  email = newEmail('storm')
})
afterAll(async () => {
  await program?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function start(): Promise<Program> {
  program = await startProgram({ dataDirectory: directory, port, testClock: true, env: { HALLPASS_LOG_LEVEL: 'info' } })
  if (moved !== 0) await program.advance(moved)
  return program
}

async function advance(running: Program, milliseconds: number): Promise<void> {
  await running.advance(milliseconds)
  moved += milliseconds
}

/** Answers received so far, and sign-outs among them: what the moment of a kill is counted in, on a fast machine and a slow one. */
const received = { answers: 0, signOuts: 0 }

async function ask(path: string, cookie: string): Promise<Answer> {
  const answer = await exchange(`http://127.0.0.1:${port}`, 'POST', `/api/auth/${path}`, {
    headers: [['Cookie', cookie]],
  })
  received.answers += 1
  return answer
}

async function signIn(): Promise<Client> {
  const question = { json: { email, password: PASSWORD } }
  const login = await exchange(`http://127.0.0.1:${port}`, 'POST', '/api/auth/login', question)
  const { sessionId, cookie } = device(email, login)
  return { sessionId, cookie, signOut: 'none', over: false }
}

/** One refresh, as a browser takes its answer; undefined when none came. */
async function refresh(client: Client): Promise<Answer | undefined> {
  const answer = await ask('refresh', client.cookie).catch(() => undefined)
  const given = answer?.setCookies[0]?.split(';', 1)[0]
  if (given !== undefined) client.cookie = given
  if (answer?.status === 401) client.over = true
  return answer
}

async function signOut(client: Client): Promise<void> {
  client.signOut = 'sent'
  const answer = await ask('logout', client.cookie).catch(() => undefined)
  if (answer?.status !== 204) return
  client.signOut = 'acknowledged'
  received.signOuts += 1
}

/** Waves of refreshes, some of them doubled, and sign-outs in between, until the server is gone. */
async function storm(running: Program, clients: readonly Client[], gone: () => boolean): Promise<void> {
  while (!gone()) {
    // Each wave finds tokens that are due. Nothing is on the way while the clock moves: a round trip is short.
    await advance(running, 31_000).catch(() => undefined)
    await Promise.all(
      clients
        .filter((client) => client.signOut === 'none')
        .map(async (client) => {
          // Some stay to the end, so that the storm does not run dry.
          const may = clients.filter((one) => one.signOut === 'none').length > 4
          const what = Math.random()
          if (may && what < 0.1) return signOut(client)
          await Promise.all(what < 0.4 ? [refresh(client), refresh(client)] : [refresh(client)])
          // A sign-out hard on the heels of a refresh.
          if (may && what > 0.9) await signOut(client)
        }),
    )
  }
}

test(
  `RT-08 killed ${KILLS} times in a storm: no honest client is signed out, no sign-out is lost`,
  { timeout: 60_000 + KILLS * 30_000 },
  async () => {
    let running = await start()
    await exchange(`http://127.0.0.1:${port}`, 'POST', '/api/auth/register', { json: { email, password: PASSWORD } })
    let clients: Client[] = []
    const counted = { refreshed: 0, signedOut: 0, unknown: 0 }

    for (let kill = 1; kill <= KILLS; kill++) {
      while (clients.length < CLIENTS) clients.push(await signIn())
      let gone = false
      const storming = storm(running, clients, () => gone)
      // Every other kill comes right after a sign-out was acknowledged, the others after any answer.
      const { answers, signOuts } = received
      const enough = answers + 5 + Math.floor(Math.random() * 30)
      await waitFor(() => (kill % 2 === 0 ? received.signOuts > signOuts : received.answers >= enough), 120_000)
      if (kill % 2 === 1) await sleep(Math.random() * 50)
      await running.kill()
      gone = true
      await storming

      running = await start()
      // Some clients come at once, some when every window has passed.
      await advance(running, [0, 20_000, 45_000, 61_000, 3_600_000][kill % 5] ?? 0)
      for (const client of clients) {
        const answer = await refresh(client)
        const told = `kill ${kill}, session ${client.sessionId}: ${answer?.status} ${String(answer?.json['code'])}`
        if (client.signOut === 'acknowledged') {
          expect(answer?.json['code'], told).toBe('session_ended')
          counted.signedOut += 1
        } else if (client.signOut === 'none') {
          expect(client.over, told).toBe(false)
          expect([200, 503], told).toContain(answer?.status)
          counted.refreshed += 1
        } else {
          counted.unknown += 1
        }
      }
      // Whoever was told to come again does, and gets in.
      await advance(running, 61_000)
      for (const client of clients.filter(({ signOut: sent }) => sent === 'none')) {
        expect((await refresh(client))?.status, `kill ${kill}, session ${client.sessionId}`).toBe(200)
      }
      // What ended is still over, also for those whose sign-out got no answer and had been carried out.
      for (const client of clients.filter(({ over }) => over)) {
        expect((await refresh(client))?.json['code'], client.sessionId).toBe('session_ended')
      }
      clients = clients.filter(({ over, signOut: sent }) => !over && sent === 'none')
      expect(running.output()).not.toContain('"reused"')
    }
    expect(counted.refreshed).toBeGreaterThan(KILLS)
    expect(counted.signedOut).toBeGreaterThan(0)
  },
)
