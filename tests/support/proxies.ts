// The proxies of docs/proxies, started for real with the very file that is documented: only addresses, ports and the paths of key files are
// changed, and TLS is left out, for what is tested is who is let through. A proxy that is not installed is no proxy here.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exchange } from './http-exchange.ts'
import { freePort } from './program.ts'
import { waitFor } from './wait-for.ts'

export interface Behind {
  /** Ports of the server and of the service that knows nothing of passes. */
  readonly hallpass: number
  readonly service: number
}

export interface Proxy {
  readonly address: string
  close(): Promise<void>
}

export interface ProxyKind {
  readonly name: string
  /** Whether it asks Hallpass about each request, and so hears of sign-outs, or decides by itself. */
  readonly asks: boolean
  /** Whether its program is here. */
  readonly installed: boolean
  /** `prepare` is told the directory that stands for the documented one, before the proxy starts. */
  start(behind: Behind, prepare?: (keys: string) => Promise<void>): Promise<Proxy>
}

const documented = (name: string) => readFileSync(new URL(`../../docs/proxies/${name}`, import.meta.url), 'utf8')

/** Replaces what must be there: a configuration that says something else is a test that tests nothing. */
function changed(text: string, changes: readonly (readonly [from: string | RegExp, to: string])[]): string {
  return changes.reduce((so, [from, to]) => {
    const then = so.replaceAll(from instanceof RegExp ? new RegExp(from, `${from.flags}g`) : from, to)
    if (then === so) throw new Error(`the documented configuration has no ${String(from)}`)
    return then
  }, text)
}

const program = (paths: readonly string[], version: string) =>
  paths.find((path) => spawnSync(path, [version]).status === 0)

const NGINX = program(['/usr/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx'], '-v')
const CADDY = program(['/usr/bin/caddy', '/opt/homebrew/bin/caddy'], 'version')
const HAPROXY = program(['/usr/sbin/haproxy', '/usr/bin/haproxy', '/opt/homebrew/bin/haproxy'], '-v')

export const proxies: readonly ProxyKind[] = [
  {
    name: 'nginx',
    asks: true,
    installed: NGINX !== undefined,
    start: (behind) =>
      run((directory, port) => {
        const site = changed(documented('nginx.conf'), [
          ['listen 443 ssl;', `listen 127.0.0.1:${port};`],
          [/^ *ssl_certificate.*\n/m, ''],
          ['127.0.0.1:3000', `127.0.0.1:${behind.hallpass}`],
          ['127.0.0.1:5000', `127.0.0.1:${behind.service}`],
        ])
        const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
        const around = `daemon off; master_process off; pid nginx.pid; events {}`
        const file = join(directory, 'nginx.conf')
        writeFileSync(file, `${around}\nhttp {\naccess_log off;\n${paths.join('\n')}\n${site}\n}\n`)
        return [NGINX ?? '', '-p', directory, '-c', file, '-e', join(directory, 'error.log')]
      }),
  },
  {
    name: 'Caddy',
    asks: true,
    installed: CADDY !== undefined,
    start: (behind) =>
      run((directory, port) => {
        const site = changed(documented('Caddyfile'), [
          [/^app\.example\.com \{/m, `http://127.0.0.1:${port} {`],
          ['127.0.0.1:3000', `127.0.0.1:${behind.hallpass}`],
          ['127.0.0.1:5000', `127.0.0.1:${behind.service}`],
        ])
        const file = join(directory, 'Caddyfile')
        writeFileSync(file, `{\n\tadmin off\n}\n${site}`)
        return [CADDY ?? '', 'run', '--adapter', 'caddyfile', '--config', file]
      }),
  },
  {
    name: 'haproxy',
    asks: false,
    installed: HAPROXY !== undefined,
    start: (behind, prepare) =>
      run(async (directory, port) => {
        const keys = join(directory, 'keys')
        mkdirSync(keys)
        await prepare?.(keys)
        const configuration = changed(documented('haproxy.cfg'), [
          [/bind :443 ssl crt \S+/, `bind 127.0.0.1:${port}`],
          ['/etc/haproxy/hallpass/', `${keys}/`],
          ['127.0.0.1:3000', `127.0.0.1:${behind.hallpass}`],
          ['127.0.0.1:5000', `127.0.0.1:${behind.service}`],
        ])
        const file = join(directory, 'haproxy.cfg')
        writeFileSync(file, configuration)
        return [HAPROXY ?? '', '-db', '-f', file]
      }),
  },
]

async function run(
  configure: (directory: string, port: number) => readonly string[] | Promise<readonly string[]>,
): Promise<Proxy> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-proxy-'))
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const close = async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const [command = '', ...args] = await configure(directory, port)
    // Caddy keeps its state in the home directory.
    const started = spawn(command, args, {
      env: { PATH: process.env['PATH'] ?? '', HOME: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    let said = ''
    started.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await waitFor(async () => {
      if (started.exitCode !== null) throw new Error(`${command} ended and said: ${said}`)
      return exchange(address, 'GET', '/', {}).then(
        () => true,
        () => false,
      )
    })
  } catch (error) {
    await close()
    throw error
  }
  return { address, close }
}
