// The programs that README and the guides show are taken out of the pages, started as they stand, and used: sign up, profile, sign out.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateSecret } from '@hallpass/server'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { cookiePairs, exchange } from '../support/http-exchange.ts'
import { repositoryText } from '../support/repository-text.ts'

/** Inside the workspace, so that the programs find its packages as an installed one would. */
const folder = fileURLToPath(new URL('../../.cache/documentation/', import.meta.url))
mkdirSync(folder, { recursive: true })
const directory = mkdtempSync(folder)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const running: ChildProcess[] = []
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill()
    await once(child, 'exit')
  }
})

/** The block that follows `<!-- runs: name -->` on a page. */
function program(page: string, name: string): string {
  const block = new RegExp(`<!-- runs: ${name} -->\\s*\`\`\`js\\n([\\s\\S]*?)\\n\`\`\``).exec(repositoryText(page))?.[1]
  if (block === undefined) throw new Error(`${page} has no program called ${name}`)
  return block
}

/** Starts a program with other ports than it shows, and waits until it answers. */
async function start(text: string, ports: Readonly<Record<string, number>>, answers: number): Promise<void> {
  const cwd = mkdtempSync(join(directory, 'program-'))
  const source = Object.entries(ports).reduce((now, [shown, port]) => now.replaceAll(shown, String(port)), text)
  writeFileSync(join(cwd, 'server.mjs'), source)
  const child = spawn(process.execPath, ['-C', '@hallpass/source', 'server.mjs'], {
    cwd,
    env: { ...process.env, HALLPASS_SECRET: generateSecret() },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.push(child)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const until = Date.now() + 60_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended: ${said}`)
    const answer = await exchange(`http://127.0.0.1:${answers}`, 'GET', '/api/profile', {}).catch(() => undefined)
    if (answer !== undefined) return
    if (Date.now() > until) throw new Error(`the program does not answer: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

/** What everybody does with it: the issuer's page signs somebody up or in, and asks for the profile. */
async function signedIn(port: number, path: 'register' | 'login', json: object) {
  const origin = `http://localhost:${port}`
  const ask = (method: string, to: string, headers: readonly (readonly [string, string])[], body?: object) =>
    exchange(`http://127.0.0.1:${port}`, method, to, { headers, ...(body !== undefined && { json: body }) })
  const answer = await ask('POST', `/api/auth/${path}`, [['Origin', origin]], json)
  expect(answer.text).toContain('accessToken')
  const { accessToken } = answer.json as { readonly accessToken: string }
  const [cookie = ''] = cookiePairs(answer)
  expect(cookie).toMatch(new RegExp(`^hallpass-${port}=`))
  const bearer = ['Authorization', `Bearer ${accessToken}`] as const
  return {
    bearer,
    profile: () => ask('GET', '/api/profile', [bearer]),
    refresh: () =>
      ask('POST', '/api/auth/refresh', [
        ['Origin', origin],
        ['Cookie', cookie],
      ]),
    logout: () =>
      ask('POST', '/api/auth/logout', [
        ['Origin', origin],
        ['Cookie', cookie],
      ]),
    stranger: () => ask('GET', '/api/profile', []),
  }
}

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

describe('a server of the documentation signs somebody up, knows them, and forgets them', () => {
  test.each([
    ['README.md', 'express'],
    ['docs/guides/into-your-server.md', 'express'],
    ['docs/guides/into-your-server.md', 'fastify'],
    ['docs/guides/into-your-server.md', 'hono'],
    ['docs/guides/into-your-server.md', 'node'],
  ])('%s: %s', async (page, name) => {
    const port = await freePort()
    await start(program(page, name), { 3000: port }, port)
    const person = await signedIn(port, 'register', ada)
    expect((await person.stranger()).status).toBe(401)
    const { status, json } = await person.profile()
    expect(status).toBe(200)
    expect(json['id']).toMatch(/^[\da-f-]{36}$/)
    expect((await person.refresh()).status).toBe(200)
    expect((await person.logout()).status).toBe(204)
    expect((await person.profile()).status).toBe(401)
    expect((await person.refresh()).code).toBe('session_ended')
  })
})

test('docs/guides/your-own-users.md: own-users asks the application who somebody is', async () => {
  const port = await freePort()
  await start(program('docs/guides/your-own-users.md', 'own-users'), { 3000: port }, port)
  const person = await signedIn(port, 'login', { email: ada.email, password: 'a hash belongs here' })
  expect((await person.profile()).json).toEqual({ id: '42', plan: 'staff' })
  expect((await person.refresh()).json).toMatchObject({ user: { id: '42', email: ada.email, name: 'Ada' } })
})

test('docs/guides/another-service.md: service takes the pass of the issuer, and hears of the sign-out', async () => {
  const [issuer, service] = [await freePort(), await freePort()]
  const audience = 'https://images.example.com'
  const server = program('docs/guides/into-your-server.md', 'express').replace(
    "database: './hallpass.db',",
    `database: './hallpass.db',\n  audience: ['${audience}'],`,
  )
  await start(server, { 3000: issuer }, issuer)
  await start(program('docs/guides/another-service.md', 'service'), { 3000: issuer, 4000: service }, service)
  const person = await signedIn(issuer, 'register', ada)
  const images = () => exchange(`http://127.0.0.1:${service}`, 'GET', '/images', { headers: [person.bearer] })
  expect((await images()).status).toBe(200)
  expect((await exchange(`http://127.0.0.1:${service}`, 'GET', '/images', {})).headers['www-authenticate']).toBe(
    'Bearer',
  )
  await person.logout()
  await expect.poll(async () => (await images()).status, { timeout: 30_000 }).toBe(401)
  expect((await exchange(`http://127.0.0.1:${service}`, 'GET', '/healthz', {})).json).toMatchObject({ ok: true })
})
