// What does a protected route cost on a real server? CPU of the server for each request, against the open route of the same server;
// requests per second beside it. Needs wrk. Options: --seconds=1 --rounds=9 --only=Express (a part of a server's name), and --write: all of
// it, into docs/performance.md.
import { execFile, fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createSigner, exportPublicJwk, generateKeyPair } from '@hallpass/token'
import { startPostgres } from '../../tests/support/postgres.ts'
import { document, type Document } from '../document.ts'
import { writeSection } from '../page.ts'
import { median, pairedDifference, pairedRatio } from '../statistics.ts'
import { AUDIENCE, ISSUER } from '../token/contenders.ts'
import { measureCheck } from './check.ts'
import { guardOf, servers, type Setting } from './servers.ts'
import { tables, type HttpRow } from './tables.ts'

const run = promisify(execFile)
const PEERS = ['express', 'fastify', 'hono', 'jsonwebtoken', 'jose', '@fastify/jwt', 'express-session', 'better-auth']
const CONNECTIONS = 50
/** Few enough to be remembered, and so many that a cache of 2,048 sees each of them as new again. */
const SEEN = 256
const FRESH = 20_000

interface Lane {
  readonly family: string
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
  readonly file: string
  readonly cpu: number[]
  readonly wall: number[]
}

export async function answer(options: readonly string[]): Promise<Document> {
  const option = (name: string, fallback: string): string =>
    options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback
  if (options.includes('--write') && option('only', '') !== '')
    throw new Error('the page is written by a whole run: leave --only out')
  if (spawnSync('wrk', ['-v']).error !== undefined)
    throw new Error('this bench needs wrk (Debian: apt-get install wrk)')
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
  const postgres = await startPostgres()
  const lanes: Lane[] = []
  try {
    const { publicJwk, bearers, plainBearers } = await makeBearers()
    const setting: Setting = { publicJwk, plainBearers, postgres: await postgres.createDatabase() }
    const file = (name: string, lines: readonly string[]): string => {
      const path = join(folder, name.replaceAll(/\W+/g, '-'))
      writeFileSync(path, `${lines.join('\n')}\n`)
      return path
    }
    const seen = file('seen', bearers.slice(0, SEEN))
    const fresh = file('fresh', bearers)
    for (const [family, list] of Object.entries(servers)) {
      if (!family.includes(option('only', ''))) continue
      for (const name of Object.keys(list)) {
        const { child, port, credentials } = await startServer(family, name, setting)
        const add = (label: string, path: string): void =>
          void lanes.push({ family, name: label, child, port, file: path, cpu: [], wall: [] })
        if (name === 'open') add(name, seen)
        else if (credentials !== undefined) add(name, file(`${family}-${name}`, credentials))
        else {
          add(`${name}, tokens seen before`, seen)
          add(`${name}, fresh tokens`, fresh)
        }
      }
    }
    const seconds = option('seconds', '1')
    for (const lane of lanes) await measure(lane, '1')
    for (const lane of lanes) lane.cpu.length = lane.wall.length = 0
    const headers = bearers.map((line) => line.slice('Authorization: '.length))
    const alone = option('only', '') === '' ? await measureCheck(await guardOf(setting), headers) : []
    for (let round = 0; round < Number(option('rounds', '9')); round++) {
      for (const lane of lanes) await measure(lane, seconds)
    }
    const question = 'What does a protected route cost? (× the open route of the same server, 50 connections)'
    const rows = [...alone, ...lanes.map((lane) => rowOf(lane, lanes))]
    const answer = document(question, process.versions.node, rows)
    if (options.includes('--write')) writeSection('http', answer, PEERS, tables(rows))
    return answer
  } finally {
    for (const { child } of lanes) child.kill()
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

function rowOf(lane: Lane, lanes: readonly Lane[]): HttpRow {
  const open = lanes.find((other) => other.family === lane.family && other.name === 'open') ?? lane
  const row = { contender: lane.name, case: lane.family, unit: 'µs CPU a request' }
  return {
    ...row,
    value: median(lane.cpu),
    wall: median(lane.wall),
    ...pairedRatio(lane.cpu, open.cpu),
    ...pairedDifference(lane.cpu, open.cpu),
  }
}

async function makeBearers(): Promise<Pick<Setting, 'publicJwk' | 'plainBearers'> & { bearers: readonly string[] }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const [sign, signPlain] = [createSigner(privateKey, { type: 'at+jwt' }), createSigner(privateKey, { type: 'JWT' })]
  const now = Math.floor(Date.now() / 1000)
  const bearers: string[] = []
  const plainBearers: string[] = []
  for (let index = 0; index < FRESH; index++) {
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: `user-${index}`,
      sid: crypto.randomUUID(),
      jti: crypto.randomUUID(),
      iat: now,
      exp: now + 7200,
      auth_time: now,
      amr: ['pwd'],
    }
    bearers.push(`Authorization: Bearer ${await sign(claims)}`)
    plainBearers.push(`Authorization: Bearer ${await signPlain(claims)}`)
  }
  return { publicJwk: await exportPublicJwk(publicKey), bearers, plainBearers }
}

async function startServer(
  family: string,
  name: string,
  setting: Setting,
): Promise<{ child: ChildProcess; port: number; credentials?: readonly string[] }> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), [family, name], {
    execArgv: ['-C', '@hallpass/source'],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  child.send(setting)
  const first = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])])
  const started = first[0] as { port: number; credentials?: readonly string[] } | undefined
  if (started === undefined) throw new Error(`${name} on ${family} did not start`)
  return { child, ...started }
}

/** Microseconds of the server's processors so far. */
async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu')
  const [usage] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return usage.user + usage.system
}

async function measure(lane: Lane, seconds: string): Promise<void> {
  const script = fileURLToPath(new URL('./requests.lua', import.meta.url))
  const before = await cpuOf(lane.child)
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${lane.port}/`]
  const { stdout } = await run('wrk', args, { env: { ...process.env, HALLPASS_BENCH_FILE: lane.file } })
  const used = (await cpuOf(lane.child)) - before
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  if (/Non-2xx/.test(stdout) || !(requests > 0)) throw new Error(`${lane.name} on ${lane.family} refused:\n${stdout}`)
  lane.cpu.push(used / requests)
  lane.wall.push(1e6 / perSecond)
}
