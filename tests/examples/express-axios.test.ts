// The example as a newcomer runs it: built with Vite, started with Node, used with a browser; and then a front end that somebody
// wrote after the tutorial years ago, which knows nothing of Hallpass and goes on working.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle, launchChromium } from '../support/browser.ts'
import { cookiePairs, exchange } from '../support/http-exchange.ts'
import { freePort } from '../support/program.ts'
import { waitFor } from '../support/wait-for.ts'

const example = fileURLToPath(new URL('../../examples/express-axios', import.meta.url))
const person = { email: 'ada@example.com', password: 'correct horse battery staple' }
const data = mkdtempSync(join(tmpdir(), 'hallpass-example-'))

let server: ChildProcess
let browser: Browser
let origin: string
let output = ''

beforeAll(async () => {
  const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url))
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: example, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(built.stderr)
  const port = await freePort()
  origin = `http://localhost:${port}`
  server = spawn(process.execPath, ['-C', '@hallpass/source', 'server.ts'], {
    cwd: example,
    env: { PATH: process.env['PATH'], PORT: String(port), DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await waitFor(() => {
    if (server.exitCode !== null) throw new Error(output)
    return output.includes(origin)
  })
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
  rmSync(data, { recursive: true, force: true })
})

const ask: (...rest: [string, string, Parameters<typeof exchange>[3]?]) => ReturnType<typeof exchange> = (
  method,
  path,
  question = {},
) => exchange(origin, method, path, question)

test('what the tutorial’s front end relies on, with curl', async () => {
  const wrong = await ask('POST', '/api/auth/login', { json: { ...person, password: 'something else' } })
  expect(wrong.status).toBe(401)
  expect((await ask('POST', '/api/auth/refresh')).status).toBe(401)
  expect((await ask('GET', '/api/profile')).status).toBe(401)

  const login = await ask('POST', '/api/auth/login', { json: person })
  expect([login.status, typeof login.json['accessToken']]).toEqual([200, 'string'])
  const [cookie = ''] = cookiePairs(login)
  const refreshed = await ask('POST', '/api/auth/refresh', { headers: [['Cookie', cookie]] })
  expect([refreshed.status, typeof refreshed.json['accessToken']]).toEqual([200, 'string'])

  const bearer = [['Authorization', `Bearer ${String(refreshed.json['accessToken'])}`]] as const
  expect((await ask('GET', '/api/profile', { headers: bearer })).json).toEqual({
    id: '1',
    email: person.email,
    name: 'Ada Lovelace',
  })
  expect((await ask('POST', '/api/auth/logout', { headers: [['Cookie', cookie]] })).status).toBe(204)
  expect((await ask('GET', '/api/profile', { headers: bearer })).status).toBe(401)
})

test('an unknown address and a wrong password are one answer', async () => {
  const [unknown, wrong] = await Promise.all([
    ask('POST', '/api/auth/login', { json: { email: 'nobody@example.com', password: 'something else' } }),
    ask('POST', '/api/auth/login', { json: { email: person.email, password: 'something else' } }),
  ])
  expect(unknown.text).toBe(wrong.text)
  expect(unknown.status).toBe(401)
})

test('its own page: sign in, reload, another tab, sign out in both', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const errors = complaints(page)
  await page.goto(origin)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill('not this one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('E-mail or password is wrong.').waitFor()
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Hello, Ada Lovelace.').waitFor()

  await page.reload()
  await page.getByText('Hello, Ada Lovelace.').waitFor()
  const second = await context.newPage()
  await second.goto(origin)
  await second.getByText('Hello, Ada Lovelace.').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await second.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(errors).toEqual([])
  await context.close()
})

test('a front end written after the tutorial goes on working, and its queue of failed requests with it', async () => {
  const script = await bundle('../examples/tutorial-front-end.ts')
  const context = await browser.newContext()
  const page = await context.newPage()
  const errors = complaints(page)
  const refreshes: number[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('/api/auth/refresh')) refreshes.push(response.status())
  })
  const html = '<!doctype html><title>After the tutorial</title><script type="module" src="/tutorial.js"></script>'
  await page.route('**/tutorial', (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await page.route('**/tutorial.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }))
  const open = async () => {
    await page.goto(`${origin}/tutorial`)
    await page.waitForFunction(() => 'tutorial' in window)
  }

  await open()
  expect(await page.evaluate(() => tutorial.start())).toBe('signed out')
  expect(await page.evaluate((person) => tutorial.login(person), person)).toBe('Ada Lovelace')

  // A token that is accepted no more, ten requests at once: ten answers. One refresh, or a few: a 401 that comes late is one of
  // the things the tutorial does not know of.
  refreshes.length = 0
  expect(await page.evaluate(() => tutorial.withDeadToken(10))).toEqual(
    Array.from({ length: 10 }, () => 'Ada Lovelace'),
  )
  expect(new Set(refreshes)).toEqual(new Set([200]))

  await open()
  expect(await page.evaluate(() => tutorial.start())).toBe('Ada Lovelace')
  await page.evaluate(() => tutorial.logout())
  expect(await page.evaluate(() => tutorial.start())).toBe('signed out')
  expect(errors).toEqual([])
  await context.close()
})

function complaints(page: Page): string[] {
  const found: string[] = []
  page.on('pageerror', ({ message }) => found.push(message))
  return found
}
