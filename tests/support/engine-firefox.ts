// Firefox, spoken to in WebDriver BiDi (W3C), which it serves itself on a socket.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, EngineCookie, EngineTab } from './engine.ts'

const executable = process.env['HALLPASS_FIREFOX'] ?? '/usr/bin/firefox-esr'

/** No first-run pages, no calls home; the same caches as a person's. */
const quiet = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.server': '',
  'app.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'remote.active-protocols': 1,
}

type Members = Readonly<Record<string, unknown>>

interface Connection {
  send(method: string, parameters?: Members): Promise<Members>
  on(event: string, listener: (parameters: Members) => void): void
  close(): void
}

export interface FirefoxOptions {
  /** Beside those that keep it quiet. */
  readonly preferences?: Readonly<Record<string, unknown>>
  /** Whether it refuses a certificate that nobody vouches for; false when left out. */
  readonly checksCertificates?: boolean
  /** Is given the profile before the browser starts. */
  readonly prepare?: (profile: string) => void
}

export async function launchFirefox({
  preferences = {},
  checksCertificates = false,
  prepare,
}: FirefoxOptions = {}): Promise<Engine & { readonly version: string }> {
  const profile = mkdtempSync(join(tmpdir(), 'hallpass-firefox-'))
  prepare?.(profile)
  const lines = Object.entries({ ...quiet, ...preferences }).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
  )
  writeFileSync(join(profile, 'user.js'), lines.join('\n'))
  const child = spawn(executable, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile },
  })
  const gone = once(child, 'exit')
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    void gone.then(() => reject(new Error(`Firefox went away: ${said.slice(-500)}`)))
  })
  const connection = await connect(`${address}/session`)
  const { capabilities } = await connection.send('session.new', {
    capabilities: { alwaysMatch: { acceptInsecureCerts: !checksCertificates } },
  })
  await connection.send('session.subscribe', { events: ['log.entryAdded'] })

  return {
    version: String((capabilities as Members)['browserVersion']),
    async browser() {
      const { userContext } = await connection.send('browser.createUserContext')
      return {
        tab: () => openTab(connection, userContext),
        async beforeEachPage(script) {
          const functionDeclaration = `() => { ${script} }`
          await connection.send('script.addPreloadScript', { functionDeclaration, userContexts: [userContext] })
        },
        async cookies() {
          const partition = { type: 'storageKey', userContext }
          const { cookies } = await connection.send('storage.getCookies', { partition })
          return (cookies as readonly BidiCookie[]).map(asCookie)
        },
        async close() {
          await connection.send('browser.removeUserContext', { userContext })
        },
      }
    },
    async close() {
      connection.close()
      child.kill()
      await gone
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}

async function openTab(connection: Connection, userContext: unknown): Promise<EngineTab> {
  const { context } = await connection.send('browsingContext.create', { type: 'tab', userContext })
  return {
    async evaluate(expression) {
      const answer = await connection.send('script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
        userActivation: false,
      })
      if (answer['type'] === 'success') return (answer['result'] as { readonly value: string }).value
      throw new Error((answer['exceptionDetails'] as { readonly text: string }).text)
    },
    async goto(url) {
      await connection.send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async reload() {
      await connection.send('browsingContext.reload', { context, wait: 'complete' })
    },
    async back() {
      await connection.send('browsingContext.traverseHistory', { context, delta: -1 })
    },
    async close() {
      await connection.send('browsingContext.close', { context })
    },
    onLog(listener) {
      connection.on('log.entryAdded', ({ type, level, text, source }) => {
        if ((source as { readonly context?: unknown } | undefined)?.context !== context) return
        const uncaught = type === 'javascript' && level === 'error'
        // The name of an error is not part of what it says.
        listener(uncaught ? 'pageerror' : 'console', String(text).replace(uncaught ? /^Error: / : '', ''))
      })
    },
  }
}

interface BidiCookie {
  readonly name: string
  readonly value: { readonly value: string }
  readonly path: string
  readonly httpOnly: boolean
  readonly sameSite: string
}

const asCookie = ({ name, value, path, httpOnly, sameSite }: BidiCookie): EngineCookie => ({
  name,
  value: value.value,
  path,
  httpOnly,
  sameSite: sameSite === 'strict' ? 'Strict' : sameSite === 'lax' ? 'Lax' : 'None',
})

async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, { resolve(result: Members): void; reject(error: Error): void }>()
  const listeners: { readonly event: string; readonly listener: (parameters: Members) => void }[] = []
  let ids = 0
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Members & { readonly id?: number }
    if (message['type'] === 'event') {
      for (const { event, listener } of listeners)
        if (event === message['method']) listener(message['params'] as Members)
      return
    }
    const asked = waiting.get(message.id ?? -1)
    waiting.delete(message.id ?? -1)
    if (message['type'] === 'success') asked?.resolve(message['result'] as Members)
    else asked?.reject(new Error(`Firefox: ${String(message['error'])}: ${String(message['message'])}`))
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error(`no connection to Firefox at ${address}`)))
  })
  return {
    send(method, params = {}) {
      const id = ++ids
      socket.send(JSON.stringify({ id, method, params }))
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
    },
    on: (event, listener) => void listeners.push({ event, listener }),
    close: () => socket.close(),
  }
}
