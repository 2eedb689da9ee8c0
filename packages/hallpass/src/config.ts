// What the person who runs the program decides: flags and environment in, one checked value out, or a sentence that says
// what to change. Nothing below this file reads the environment.
import { join, resolve } from 'node:path'
import { isLoopback, type ConfiguredKey } from '@hallpass/server'
import type { Invocation } from './command-line.ts'
import { Mistake } from './mistake.ts'

export interface Config {
  readonly port: number
  /** The address to listen on; undefined: the loopback addresses for a loopback issuer, else all of them. */
  readonly host: string | undefined
  /** The public origin, as a browser writes it: no slash at the end. */
  readonly issuer: string
  readonly dataDirectory: string
  /** A file's path, or a `postgres://` address. */
  readonly database: string
  readonly embedded: boolean
  /** As `hallpass secret` makes them, the one that seals first; empty when none is set. */
  readonly secrets: readonly string[]
  /** Private JWKs that sign instead of a ring in the database, the one that signs first; undefined for the ring. */
  readonly signingKeys: readonly ConfiguredKey[] | undefined
  readonly origins: readonly string[]
  readonly trustedProxyHops: number
  readonly logLevel: LogLevel
  readonly testClock: boolean
  /** Where /metrics is answered; undefined for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  /** Why this is production, in words; undefined in development. */
  readonly production: string | undefined
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Reads the settings of `hallpass serve`.
 *
 * @throws Mistake when a setting cannot be used, or a setting that production needs is missing
 */
export function readConfig({ flags, env }: Invocation): Config {
  // An empty variable is how many tools write "not set".
  const setting = (name: string, flag?: string): string | undefined => flag ?? (env[name] || undefined)

  const port = readPort(setting('PORT', flags.port) ?? '3000')
  const issuer = readOrigin('HALLPASS_ISSUER', setting('HALLPASS_ISSUER', flags.issuer) ?? `http://localhost:${port}`)
  const dataDirectory = resolve(setting('HALLPASS_DATA', flags.data) ?? 'data')
  const database = readDatabase(flags.database, setting('DATABASE_URL'), dataDirectory)
  const embedded = !isPostgres(database)
  const production = whyProduction(env['NODE_ENV'], embedded, issuer)
  const secrets = list(setting('HALLPASS_SECRET'))
  const testClock = flags['insecure-test-clock'] ?? readSwitch(env['HALLPASS_INSECURE_TEST_CLOCK'])

  if (production !== undefined && secrets.length === 0)
    throw new Mistake(
      `HALLPASS_SECRET is not set, and it must be, because ${production}. ` +
        'Make one with `hallpass secret` and keep it where your other secrets are: whoever has it can forge sessions, ' +
        'and without it nobody stays signed in',
    )
  if (production !== undefined && testClock)
    throw new Mistake(`--insecure-test-clock lets a test move time, and production has one time only: ${production}`)

  return {
    port,
    host: setting('HOST', flags.host),
    issuer,
    dataDirectory,
    database,
    embedded,
    secrets,
    signingKeys: readKeys(setting('HALLPASS_SIGNING_KEYS')),
    origins: list(setting('HALLPASS_ORIGINS')).map((origin) => readOrigin('HALLPASS_ORIGINS', origin)),
    trustedProxyHops: readHops(setting('HALLPASS_TRUSTED_PROXY_HOPS') ?? '0'),
    logLevel: readLogLevel(setting('HALLPASS_LOG_LEVEL') ?? 'info'),
    testClock,
    metrics: readMetrics(setting('HALLPASS_METRICS')),
    production,
  }
}

/** A JWK, a list of them, or a key set. What is wrong with a key is said by the room that reads it; nothing of it is repeated here. */
function readKeys(text: string | undefined): Config['signingKeys'] {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const listed = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : value
    const keys: readonly unknown[] = Array.isArray(listed) ? listed : [listed]
    if (keys.length > 0 && keys.every((key) => typeof key === 'object' && key !== null)) return keys as ConfiguredKey[]
  } catch {
    // Said below, without the text: it holds private keys.
  }
  throw new Mistake('HALLPASS_SIGNING_KEYS must be JSON: a private JWK, a list of them, or a key set')
}

/** `9464` is this machine alone; an address before it is a choice. */
function readMetrics(text: string | undefined): Config['metrics'] {
  if (text === undefined) return undefined
  const [, host, port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  if (Number(port) < 1 || Number(port) > 65_535)
    throw new Mistake(`HALLPASS_METRICS must be PORT or HOST:PORT, not ${JSON.stringify(text)}`)
  return { host: host?.replace(/^\[(.+)\]$/, '$1') ?? '127.0.0.1', port: Number(port) }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535)
    throw new Mistake(
      `PORT must be a number from 1 to 65535, not ${JSON.stringify(text)}; 3000 is what serve uses unless told`,
    )
  return port
}

function readOrigin(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new Mistake(
      `${name} must be an address like https://login.example.com, not ${JSON.stringify(withoutUserInfo(text))}`,
    )
  if (url.username || url.password) throw new Mistake(`${name} must hold no user name and no password`)
  if (url.pathname !== '/' || url.search || url.hash || text.endsWith('?') || text.endsWith('#'))
    throw new Mistake(`${name} must be an origin alone, with nothing after the host and port: ${url.origin}`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Mistake(`${name} must be https: over http, passwords and passes cross the network for anybody to read`)
  return url.origin
}

function readDatabase(flag: string | undefined, variable: string | undefined, dataDirectory: string): string {
  if (flag !== undefined && URL.canParse(flag) && new URL(flag).password)
    throw new Mistake(
      'a password on the command line is seen by everybody on this machine; put the address in DATABASE_URL',
    )
  const text = flag ?? variable
  if (text === undefined) return join(dataDirectory, 'hallpass.db')
  if (isPostgres(text)) {
    if (!URL.canParse(text))
      throw new Mistake('DATABASE_URL is not an address that can be read: postgres://user@host:5432/name')
    return text
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text))
    throw new Mistake(
      `DATABASE_URL must be a file's path or begin with postgres://, not with ${text.slice(0, text.indexOf('://') + 3)}`,
    )
  return resolve(text)
}

function isPostgres(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database)
}

function whyProduction(nodeEnv: string | undefined, embedded: boolean, issuer: string): string | undefined {
  if (nodeEnv === 'production') return 'NODE_ENV is production'
  if (!embedded) return 'the database is PostgreSQL, which others may share'
  if (!isLoopback(new URL(issuer).hostname)) return `the issuer ${issuer} is not this machine alone`
  return undefined
}

function readHops(text: string): number {
  if (!/^\d$/.test(text))
    throw new Mistake(
      `HALLPASS_TRUSTED_PROXY_HOPS must be the number of proxies in front, 0 to 9, not ${JSON.stringify(text)}`,
    )
  return Number(text)
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text)
  if (level === undefined)
    throw new Mistake(`HALLPASS_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not ${JSON.stringify(text)}`)
  return level
}

function readSwitch(text: string | undefined): boolean {
  if (text === undefined || text === '' || text === '0' || text === 'false') return false
  if (text === '1' || text === 'true') return true
  throw new Mistake('HALLPASS_INSECURE_TEST_CLOCK must be 1 or not set')
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** What may be repeated in a sentence: an address that was meant for another variable can hold a password. */
function withoutUserInfo(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@')
}
