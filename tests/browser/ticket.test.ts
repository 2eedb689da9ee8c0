// A real WebSocket, a real EventSource and a real download in Chromium, against the server and with the page of docs/guides/tickets.md.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { documentedProgram, freePort, runDocumentedPrograms } from '../support/documented-program.ts'
import { newEmail, PASSWORD } from '../support/people.ts'

const GUIDE = 'docs/guides/tickets.md'
const root = fileURLToPath(new URL('../..', import.meta.url))
const programs = runDocumentedPrograms()
let chromium: Browser
let origin: string
let script: string

beforeAll(async () => {
  const port = await freePort()
  origin = `http://localhost:${port}`
  await programs.start(documentedProgram(GUIDE, 'server'), { 3000: port }, port)
  const page = documentedProgram(GUIDE, 'page').replace(
    "import { auth } from './auth.js'",
    documentedProgram('docs/guides/front-end.md', 'auth'),
  )
  const { outputFiles } = await build({
    stdin: {
      contents: `${page}\nObject.assign(globalThis, { auth, withTicket, openSocket, openEvents, download })`,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['@hallpass/source'],
  })
  script = outputFiles[0]?.text ?? ''
  // The page comes from no address of this machine (`route.fulfill`), so sockets to it would need a permission.
  chromium = await launchChromium()
})
afterAll(async () => {
  await chromium.close()
  await programs.remove()
})

interface TicketPage {
  auth: { login(body: unknown, init: object): Promise<{ id: string }>; logout(): Promise<void> }
  withTicket(auth: unknown, address: string): Promise<string>
  openSocket(): Promise<WebSocket>
  openEvents(): Promise<EventSource>
  download(): Promise<void>
}
declare global {
  interface Window extends TicketPage {}
}

/** A page of the application's origin with somebody signed in, and who. */
async function somebody(): Promise<{ page: Page; id: string }> {
  const page = await chromium.newPage()
  await page.route(`${origin}/`, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><script type="module">${script}</script>` }),
  )
  await page.goto(`${origin}/`)
  await page.waitForFunction(() => 'openSocket' in globalThis)
  const person = { email: newEmail(), password: PASSWORD }
  const { id } = await page.evaluate((body) => globalThis.window.auth.login(body, { path: 'register' }), person)
  return { page, id }
}

test('a WebSocket opens with a ticket, is told who it is, and is closed by a sign-out', async () => {
  const { page, id } = await somebody()
  const said = await page.evaluate(async () => {
    const socket = await window.openSocket()
    return new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data), { once: true }))
  })
  expect(said).toBe(`socket of ${id}`)

  // The same address again, another path, no ticket: the handshake is refused.
  const closed = await page.evaluate(async () => {
    const ws = (path: string) => `ws://${location.host}${path}`
    const end = (address: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address)
        socket.addEventListener('open', () => resolve('open'))
        socket.addEventListener('close', () => resolve('refused'))
      })
    const address = await window.withTicket(window.auth, ws('/api/socket'))
    const elsewhere = await window.withTicket(window.auth, ws('/api/other'))
    return [
      await end(address),
      await end(address),
      await end(elsewhere.replace('/api/other', '/api/socket')),
      await end(ws('/api/socket')),
    ]
  })
  expect(closed).toEqual(['open', 'refused', 'refused', 'refused'])

  const code = await page.evaluate(async () => {
    const socket = await window.openSocket()
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const ending = new Promise((resolve) => socket.addEventListener('close', ({ code: why }) => resolve(why)))
    await window.auth.logout()
    return ending
  })
  expect(code).toBe(4001)
  await page.close()
})

test('an EventSource opens with a ticket, and not twice', async () => {
  const { page, id } = await somebody()
  const told = await page.evaluate(async () => {
    const first = (events: EventSource) =>
      new Promise<string>((resolve) => {
        events.addEventListener('message', ({ data }) => resolve(String(data)))
        events.addEventListener('error', () => resolve(`error ${events.readyState}`))
      })
    const events = await window.openEvents()
    const data = await first(events)
    const again = new EventSource(events.url)
    const twice = await first(again)
    events.close()
    return [data, twice]
  })
  // Closed for good: it does not go on asking.
  expect(told).toEqual([`events of ${id}`, 'error 2'])
  await page.close()
})

test('a download is started with a ticket, and its address is worth nothing afterwards', async () => {
  const { page, id } = await somebody()
  const [download] = await Promise.all([page.waitForEvent('download'), page.evaluate(() => window.download())])
  expect(download.suggestedFilename()).toBe('report.txt')
  expect(readFileSync(await download.path(), 'utf8')).toBe(`report of ${id}`)
  const again = await fetch(download.url())
  expect([again.status, ((await again.json()) as { readonly code: string }).code]).toEqual([403, 'invalid_ticket'])

  // After a sign-out, a ticket that was never used is worth nothing either, and none is given.
  const rest = await page.evaluate(async () => {
    const address = await window.withTicket(window.auth, '/api/report')
    await window.auth.logout()
    const code = await window.withTicket(window.auth, '/api/report').catch((error: { code: string }) => error.code)
    return [(await fetch(address)).status, code]
  })
  expect(rest).toEqual([403, 'signed_out'])
  await page.close()
})
