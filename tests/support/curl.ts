// curl with a cookie jar, as a person at a terminal would try it: the real program, and a jar of its own that knows the rules.
import { execFile, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** False on the rare machine without curl: the tests that need it are counted as skipped there. */
export const hasCurl: boolean = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0

export interface Curled {
  readonly status: number
  /** The header lines as they came. */
  readonly head: string
  /** The `Set-Cookie` lines, without their name. */
  readonly setCookies: readonly string[]
  readonly text: string
  /** The body as JSON; an empty object when it is none. */
  readonly json: Readonly<Record<string, unknown>>
}

export interface Jar {
  post(path: string, body?: object, bearer?: string): Promise<Curled>
  get(path: string, bearer?: string): Promise<Curled>
  /** Name and value of the one cookie in the jar; undefined when it is empty. */
  cookie(): string | undefined
  /** A second jar with what is in this one now: a copy that somebody else holds. */
  copy(): Jar
}

/** Makes jars for requests to an origin; `close` removes them. */
export function curlAt(origin: string): { jar(): Jar; close(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-curl-'))
  let jars = 0

  const createJar = (): Jar => {
    const file = join(directory, `jar-${++jars}`)
    const ask = (method: string, path: string, body?: object, bearer?: string) =>
      run([
        '--silent',
        '--show-error',
        '--include',
        '--max-time',
        '30',
        '--cookie',
        file,
        '--cookie-jar',
        file,
        '--request',
        method,
        ...(body === undefined
          ? []
          : ['--header', 'Content-Type: application/json', '--data-binary', JSON.stringify(body)]),
        ...(bearer === undefined ? [] : ['--header', `Authorization: Bearer ${bearer}`]),
        `${origin}${path}`,
      ])
    return {
      post: (path, body, bearer) => ask('POST', path, body, bearer),
      get: (path, bearer) => ask('GET', path, undefined, bearer),
      cookie() {
        const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
        // `#HttpOnly_` before the host is curl's way to keep that attribute.
        const fields = lines.filter((line) => /^(?!# )(?!$)/.test(line)).map((line) => line.split('\t'))
        const [, , , , , name, value] = fields[0] ?? []
        return name === undefined ? undefined : `${name}=${value}`
      },
      copy() {
        const other = createJar()
        copyFileSync(file, join(directory, `jar-${jars}`))
        return other
      },
    }
  }
  return { jar: createJar, close: () => rmSync(directory, { recursive: true, force: true }) }
}

function run(args: readonly string[]): Promise<Curled> {
  return new Promise((resolve, reject) => {
    execFile('curl', args, { encoding: 'utf8' }, (error, stdout) => {
      if (error !== null) {
        reject(new Error(`curl failed (${String(error.code)}); these tests need it on the PATH`))
        return
      }
      const end = stdout.indexOf('\r\n\r\n')
      const head = stdout.slice(0, end)
      const text = stdout.slice(end + 4)
      const setCookies = Array.from(head.matchAll(/^set-cookie: (.*)$/gim), ([, line = '']) => line.trim())
      const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(head)?.[1])
      resolve({ status, head, setCookies, text, json: asObject(text) })
    })
  })
}

function asObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
