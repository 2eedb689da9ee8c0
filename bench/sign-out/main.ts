// How long after the answer to a sign-out does the last of many services still let the pass in? And what does remembering sign-outs cost?
// Two nodes on one PostgreSQL, the guards in several processes, half of them at each node. Options: --guards=100, --processes=4,
// --rounds=100, --listed=10000.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { generateSecret } from '@hallpass/server'
import { startBalancer } from '../../tests/support/balancer.ts'
import { startPostgres } from '../../tests/support/postgres.ts'
import { document, type Document, type Row } from '../document.ts'

interface Worker {
  /** Sends a line and waits for the answer that begins with a word. */
  ask(line: string, answer: string): Promise<readonly string[]>
  heard(answer: string): Promise<readonly string[]>
  stop(): void
}

function start(file: string, environment: Readonly<Record<string, string>>): Worker {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, ['-C', '@hallpass/source', '--expose-gc', path], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = new Map<string, (words: readonly string[]) => void>()
  const early = new Map<string, readonly string[]>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word = '', ...words] = line.split(' ')
    const wait = waiting.get(word)
    waiting.delete(word)
    if (wait === undefined) early.set(word, words)
    else wait(words)
  })
  const heard = (answer: string): Promise<readonly string[]> => {
    const already = early.get(answer)
    early.delete(answer)
    return already === undefined ? new Promise((resolve) => waiting.set(answer, resolve)) : Promise.resolve(already)
  }
  return {
    heard,
    ask(line, answer) {
      const answered = heard(answer)
      child.stdin.write(`${line}\n`)
      return answered
    },
    stop: () => void child.kill('SIGKILL'),
  }
}

export async function answer(options: readonly string[]): Promise<Document> {
  const option = (name: string, otherwise: number): number =>
    Number(options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise)
  const [count, processes, rounds, listed] = [
    option('guards', 100),
    option('processes', 4),
    option('rounds', 100),
    option('listed', 10_000),
  ]
  const postgres = await startPostgres()
  const line = await startBalancer()
  const environment = { DATABASE: await postgres.createDatabase(), SECRET: generateSecret(), ISSUER: line.url }
  const nodes = [start('./node.ts', environment), start('./node.ts', environment)]
  const ports = await Promise.all(nodes.map(async (node) => Number((await node.heard('listens'))[0])))
  line.targets = ports
  const guards = Array.from({ length: processes }, () =>
    start('./guards.ts', { ISSUER: line.url, COUNT: String(Math.ceil(count / processes)) }),
  )
  try {
    await Promise.all(guards.map((one) => one.heard('live')))
    const each: number[] = []
    const last: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { token, cookie } = await signIn(ports[round % 2] ?? 0, `user-${round}`)
      await Promise.all(guards.map((one) => one.ask(`watch ${token}`, 'watching')))
      const acknowledgedAt = await signOut(ports[round % 2] ?? 0, cookie)
      const refused = (await Promise.all(guards.map((one) => one.heard('refused')))).flat().map(Number)
      // A guard may refuse before the answer to the sign-out has come: that is no less than nothing.
      const after = refused.map((at) => Math.max(0, at - acknowledgedAt))
      each.push(...after)
      last.push(Math.max(...after))
    }
    const before = await memory(guards)
    for (let index = 0; index < listed; index += 50)
      await Promise.all(
        Array.from({ length: Math.min(50, listed - index) }, async (_, offset) => {
          const port = ports[offset % 2] ?? 0
          await signOut(port, (await signIn(port, `listed-${index + offset}`)).cookie)
        }),
      )
    await settled(guards, rounds + listed)
    const after = await memory(guards)
    const perGuard = (after - before) / Math.ceil(count / processes) / 1_048_576
    const rows: readonly Row[] = [
      row('every guard, p50', 'from the 204 to the refusal', quantile(each, 0.5), 'ms'),
      row('every guard, p99', 'from the 204 to the refusal', quantile(each, 0.99), 'ms'),
      row('last guard, p50', 'from the 204 to the refusal', quantile(last, 0.5), 'ms'),
      row('last guard, p99', 'from the 204 to the refusal', quantile(last, 0.99), 'ms'),
      row(`${listed} sign-outs`, 'memory of one guard', perGuard, 'MiB'),
    ]
    return document(`How soon do ${count} services feel a sign-out?`, process.versions.node, rows)
  } finally {
    for (const one of [...guards, ...nodes]) one.stop()
    await line.close()
    await postgres.remove()
  }
}

/** There is nothing here to be so many times of: the ratio is to the value itself. */
const row = (contender: string, name: string, value: number, unit: string): Row => ({
  contender,
  case: name,
  value,
  unit,
  ratio: 1,
})

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

async function memory(guards: readonly Worker[]): Promise<number> {
  const used = await Promise.all(guards.map(async (one) => Number((await one.ask('memory', 'memory'))[0])))
  return used.reduce((sum, bytes) => sum + bytes, 0) / used.length
}

async function settled(guards: readonly Worker[], count: number): Promise<void> {
  for (;;) {
    const known = await Promise.all(guards.map(async (one) => Number((await one.ask('memory', 'memory'))[1])))
    if (known.every((each) => each >= count)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

let people = 1
const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }

async function signIn(port: number, email: string): Promise<{ readonly token: string; readonly cookie: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/login`, {
    method: 'POST',
    // Everybody from an address of their own, or the throttle would be what is measured.
    headers: { ...headers, 'x-forwarded-for': `10.${(people >> 16) & 255}.${(people >> 8) & 255}.${people++ & 255}` },
    body: JSON.stringify({ email, password: 'x' }),
  })
  if (response.status !== 200) throw new Error(`sign-in answered ${response.status}`)
  const { accessToken } = (await response.json()) as { accessToken: string }
  return { token: accessToken, cookie: response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' }
}

/** Answers when the 204 had come, on the clock that processes of one machine share. */
async function signOut(port: number, cookie: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/logout`, {
    method: 'POST',
    headers: { ...headers, cookie },
  })
  if (response.status !== 204) throw new Error(`sign-out answered ${response.status}`)
  return performance.timeOrigin + performance.now()
}
