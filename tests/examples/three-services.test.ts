// examples/three-services, run as the processes they are: one token is accepted by all three, by its public key and each service's own
// rule, and a sign-out reaches them all.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateSecret } from '@hallpass/server'
import { cookiePairs, exchange, type Answer } from '../support/http-exchange.ts'
import { newEmail, PASSWORD } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/three-services', import.meta.url))
const directories: string[] = []
const running = new Set<ChildProcess>()

let where: { readonly API: string; readonly IMAGES: string; readonly BILLING: string }
let api: ChildProcess

beforeAll(async () => {
  const [a, b, c] = await freePorts(3)
  where = { API: `http://localhost:${a}`, IMAGES: `http://localhost:${b}`, BILLING: `http://localhost:${c}` }
  api = await startApi()
  await Promise.all([start('images.ts'), start('billing.ts')])
})
afterAll(async () => {
  // Gently, so that what one of them has started ends too.
  const ending = [...running].map((child) => once(child, 'exit'))
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(ending)
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

const ask = (
  service: keyof typeof where,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  json?: unknown,
) =>
  exchange(where[service].replace('localhost', '127.0.0.1'), method, path, {
    headers: Object.entries(headers),
    ...(json !== undefined && { json }),
  })
const as = (token: string) => ({ Authorization: `Bearer ${token}` })
const everywhere = async (token: string) => {
  const answers = [
    await ask('API', 'GET', '/api/profile', as(token)),
    await ask('IMAGES', 'GET', '/images/none', as(token)),
    await ask('BILLING', 'GET', '/invoices', as(token)),
  ]
  return answers.map(({ status }) => status)
}
const tokenOf = ({ json }: Answer) => String(json['accessToken'])
const signUp = async () => {
  const email = newEmail()
  const answer = await ask('API', 'POST', '/api/auth/register', {}, { email, password: PASSWORD })
  expect(answer.status).toBe(201)
  return {
    email,
    token: tokenOf(answer),
    cookie: cookiePairs(answer).join('; '),
    subject: (answer.json['user'] as { id: string }).id,
  }
}

test('one token, three services: each knows who it is without asking', async () => {
  const { token, email, subject } = await signUp()
  expect((await ask('API', 'GET', '/api/profile', as(token))).json).toEqual({ id: subject, email })
  const invoices = await ask('BILLING', 'GET', '/invoices', as(token))
  expect(invoices.json).toMatchObject({ invoices: [{ customer: subject }] })

  const image = Uint8Array.from({ length: 2_000 }, (_, index) => index % 251)
  const put = await fetch(`${where.IMAGES}/images/cat`, {
    method: 'PUT',
    headers: { ...as(token), 'content-type': 'image/png' },
    body: image,
  })
  expect(put.status).toBe(204)
  const got = await fetch(`${where.IMAGES}/images/cat`, { headers: as(token) })
  expect(Buffer.from(await got.arrayBuffer()).equals(image)).toBe(true)
  const stranger = await signUp()
  expect((await ask('IMAGES', 'GET', '/images/cat', as(stranger.token))).status).toBe(404)
})

test('without a token, or with one that was altered, nobody gets in anywhere', async () => {
  const { token } = await signUp()
  expect(await everywhere(token)).toEqual([200, 404, 200])
  const middle = Math.floor(token.length / 2)
  const altered = token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1)
  expect(await everywhere(altered)).toEqual([401, 401, 401])
  expect((await ask('IMAGES', 'GET', '/images/none')).headers['www-authenticate']).toBe('Bearer')
})

test('a token for one service is refused by the others', async () => {
  const { cookie } = await signUp()
  for (const [service, expected] of [
    ['IMAGES', [401, 404, 401]],
    ['BILLING', [401, 401, 200]],
  ] as const) {
    const refreshed = await ask('API', 'POST', '/api/auth/refresh', { Cookie: cookie }, { audience: where[service] })
    expect(refreshed.status).toBe(200)
    expect(await everywhere(tokenOf(refreshed))).toEqual(expected)
  }
  const unknown = await ask('API', 'POST', '/api/auth/refresh', { Cookie: cookie }, { audience: 'https://example.com' })
  expect(unknown).toMatchObject({ status: 400, code: 'unknown_audience' })
})

test('a sign-out is felt at once by the API and soon by the others, and by nobody else', async () => {
  const [person, other] = [await signUp(), await signUp()]
  expect(await everywhere(person.token)).toEqual([200, 404, 200])
  expect((await ask('API', 'POST', '/api/auth/logout', { Cookie: person.cookie })).status).toBe(204)
  expect((await ask('API', 'GET', '/api/profile', as(person.token))).status).toBe(401)
  await waitFor(async () => (await everywhere(person.token)).every((status) => status === 401))
  expect(await everywhere(other.token)).toEqual([200, 404, 200])
})

test('the two services have no database and no secret', () => {
  const files = directories.map((directory) => readdirSync(directory))
  expect(files[0]).toContain('three-services.db')
  expect(files.slice(1)).toEqual([[], []])
})

test('the API may go away: who has a token still gets in, and who signed out does not', async () => {
  const [person, ended] = [await signUp(), await signUp()]
  await ask('API', 'POST', '/api/auth/logout', { Cookie: ended.cookie })
  await waitFor(async () => (await everywhere(ended.token)).every((status) => status === 401))
  api.kill('SIGTERM')
  await once(api, 'exit')
  expect((await ask('IMAGES', 'GET', '/images/none', as(person.token))).status).toBe(404)
  expect((await ask('BILLING', 'GET', '/invoices', as(person.token))).status).toBe(200)
  expect((await ask('IMAGES', 'GET', '/images/none', as(ended.token))).status).toBe(401)
  expect((await ask('BILLING', 'GET', '/invoices', as(ended.token))).status).toBe(401)
})

test('one command starts all three, and its end is the end of all three', async () => {
  const [a, b, c] = await freePorts(3)
  const own = { API: `http://localhost:${a}`, IMAGES: `http://localhost:${b}`, BILLING: `http://localhost:${c}` }
  const directory = newDirectory()
  const child = run('start.ts', directory, own)
  for (const name of ['api', 'images', 'billing'])
    await said(child, `${name} on ${own[name.toUpperCase() as keyof typeof own]}`)
  expect(existsSync(join(directory, 'data', 'secret'))).toBe(true)
  const json = { email: newEmail(), password: PASSWORD }
  const registered = await exchange(`http://127.0.0.1:${a}`, 'POST', '/api/auth/register', { json })
  const headers = Object.entries(as(tokenOf(registered)))
  // Billing may have asked for the keys before the API was there: then it says 503 until it asks again.
  const invoices = () => exchange(`http://127.0.0.1:${c}`, 'GET', '/invoices', { headers })
  await waitFor(async () => (await invoices()).status === 200)
  child.kill('SIGTERM')
  await once(child, 'exit')
  for (const port of [a, b, c]) await expect(exchange(`http://127.0.0.1:${port}`, 'GET', '/', {})).rejects.toThrow()
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-three-services-'))
  directories.push(directory)
  return directory
}

const output = new WeakMap<ChildProcess, { text: string }>()

function run(file: string, cwd: string, own: Readonly<Record<string, string>>): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', ...own }
  const child = spawn(process.execPath, ['-C', '@hallpass/source', join(EXAMPLE, file)], { cwd, env })
  const said = { text: '' }
  output.set(child, said)
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said.text += chunk.toString()))
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function said(child: ChildProcess, line: string): Promise<void> {
  await waitFor(() => {
    const { text = '' } = output.get(child) ?? {}
    if (child.exitCode !== null) throw new Error(`the process ended and said: ${text}`)
    return text.includes(`${line}\n`)
  }, 60_000)
}

async function startApi(): Promise<ChildProcess> {
  const directory = newDirectory()
  const child = run('api.ts', directory, {
    ...where,
    HALLPASS_SECRET: generateSecret(),
    DATABASE: join(directory, 'three-services.db'),
  })
  await said(child, `api on ${where.API}`)
  return child
}

async function start(file: string): Promise<void> {
  const name = file.replace('.ts', '')
  await said(run(file, newDirectory(), where), `${name} on ${where[name.toUpperCase() as keyof typeof where]}`)
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
