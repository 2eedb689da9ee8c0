// WebKitGTK, spoken to in WebDriver (W3C) through WebKitWebDriver. A session is a browser of its own; commands go one after the other,
// so what a page is asked for is begun there, and looked for again until it has come.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { skip, type Engine, type EngineBrowser, type EngineTab } from './engine.ts'

const driver = process.env['HALLPASS_WEBKIT_DRIVER'] ?? '/usr/bin/WebKitWebDriver'
/** Debian's has a version in its path. */
const browserPath = process.env['HALLPASS_WEBKIT'] ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export function launchWebKit(): Engine {
  const open = new Set<EngineBrowser>()
  return {
    async browser() {
      const browser = await startBrowser()
      open.add(browser)
      return browser
    },
    async close() {
      for (const browser of open) await browser.close()
    },
  }
}

/** A driver has one session at most: each browser brings its own. */
async function startBrowser(): Promise<EngineBrowser> {
  const port = await freePort()
  const child = spawn(driver, [`--port=${port}`], { stdio: 'ignore' })
  const gone = once(child, 'exit')
  const address = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(`${address}/status`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break
    await wait(50)
  }
  const session = await openSession(address)
  return {
    ...session,
    async close() {
      if (child.exitCode !== null || child.killed) return
      await session.close()
      child.kill()
      await gone
    },
  }
}

async function openSession(address: string): Promise<EngineBrowser> {
  const options = { binary: browserPath, args: ['--automation'] }
  const { sessionId } = (await command(address, 'POST', '/session', {
    capabilities: { alwaysMatch: { acceptInsecureCerts: true, 'webkitgtk:browserOptions': options } },
  })) as { readonly sessionId: string }
  const session = `${address}/session/${sessionId}`
  let [first] = (await command(session, 'GET', '/window/handles')) as readonly (string | undefined)[]
  let line: Promise<unknown> = Promise.resolve()
  let origin = ''
  /** One thing at a time, each in its window. */
  const inWindow = <T>(handle: string, work: () => Promise<T>): Promise<T> => {
    const turn = line.then(async () => {
      await command(session, 'POST', '/window', { handle })
      return work()
    })
    line = turn.catch(() => undefined)
    return turn
  }

  const asTab = (handle: string): EngineTab => {
    const run = (script: string): Promise<unknown> =>
      inWindow(handle, () => command(session, 'POST', '/execute/sync', { script, args: [] }))
    let asked = 0
    return {
      async evaluate(expression) {
        const key = `asked${++asked}`
        await run(
          `const all = (globalThis.outcomes ??= {}); (${expression}).then((value) => (all.${key} = { value }), ` +
            `(error) => (all.${key} = { error: String(error) }))`,
        )
        for (;;) {
          const found = (await run(`return globalThis.outcomes ? globalThis.outcomes.${key} ?? null : 'left'`)) as
            | { readonly value?: string; readonly error?: string }
            | 'left'
            | null
          if (found === 'left') throw new Error('the page was left')
          if (found?.error !== undefined) throw new Error(found.error)
          if (found?.value !== undefined) return found.value
          await wait(20)
        }
      },
      async goto(url) {
        origin = new URL(url).origin
        await inWindow(handle, () => command(session, 'POST', '/url', { url }))
      },
      reload: async () => void (await inWindow(handle, () => command(session, 'POST', '/refresh', {}))),
      back: async () => void (await inWindow(handle, () => command(session, 'POST', '/back', {}))),
      close: async () => void (await inWindow(handle, () => command(session, 'DELETE', '/window'))),
    }
  }

  const openWindow = async (): Promise<string> => {
    const made = line.then(() => command(session, 'POST', '/window/new', { type: 'tab' }))
    line = made.catch(() => undefined)
    return ((await made) as { readonly handle: string }).handle
  }

  let tabs = 0
  return {
    async tab() {
      if (++tabs > 6) skip('driver that survives ten tabs at once')
      const handle = first ?? (await openWindow())
      first = undefined
      return asTab(handle)
    },
    async cookies() {
      // A page is told of the cookies of its own path only: this one lies where ours is sent.
      const handle = await openWindow()
      const cookies = await inWindow(handle, async () => {
        await command(session, 'POST', '/url', { url: `${origin}/api/auth/` })
        const all = (await command(session, 'GET', '/cookie')) as readonly Record<string, unknown>[]
        // What is closed was the current one, and without one the driver opens no other.
        const [other] = (await command(session, 'DELETE', '/window')) as readonly string[]
        if (other !== undefined) await command(session, 'POST', '/window', { handle: other })
        return all
      })
      return cookies.map(({ name, value, path, httpOnly, sameSite }) => ({
        name: String(name),
        value: String(value),
        path: String(path),
        httpOnly: httpOnly === true,
        sameSite: sameSite === 'Strict' || sameSite === 'Lax' ? sameSite : 'None',
      }))
    },
    close: async () => void (await command(session, 'DELETE', '')),
  }
}

async function command(base: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(base + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const { value } = (await response.json()) as { readonly value: unknown }
  if (response.ok) return value
  const { error, message } = value as { readonly error: string; readonly message: string }
  throw new Error(`WebKit: ${error}: ${message}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port')
  return bound.port
}
