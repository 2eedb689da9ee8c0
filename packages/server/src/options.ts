// Every option, its default and its check at start-up. A wrong one is a TypeError whose sentence names the fix.
import type { ReplayStore } from '@hallpass/guard'
import type { Algorithm } from '@hallpass/token'
import { z } from 'zod'
import { milliseconds } from './duration.ts'
import type { OnEvent } from './events.ts'
import type { ConfiguredKey } from './keys/configured-ring.ts'
import { PUBLISH_AHEAD } from './keys/ring.ts'
import { parseSecret, type Secret } from './keys/secret.ts'
import type { ClaimsHook } from './session/access-token.ts'
import type { FindUser } from './session/sessions.ts'
import type { CheckPassword } from './sign-in/password.ts'

export interface HallpassOptions {
  /** The public origin of this deployment: `'https://app.example.com'`. http is for loopback only. */
  readonly issuer: string
  /** What `hallpass secret` prints. Several, to change it without signing anybody out: the first one signs, all are read. */
  readonly secret: string | readonly string[]
  /** A file for SQLite, or `'postgres://…'`. */
  readonly database: string
  /** Where the endpoints live, and where the cookie travels; `'/api/auth'`. */
  readonly basePath?: string
  /** The services that access tokens are for, beside this one (the issuer). */
  readonly audience?: string | readonly string[]
  /** Other origins whose pages may sign in here: `['https://www.example.com']`. */
  readonly origins?: readonly string[]
  /** Your own users: answers the user a login name and password belong to, or null. No accounts are kept here then. */
  readonly checkPassword?: CheckPassword
  /** Asked at each refresh: the user as they are now, or null when they are gone, which ends the session. */
  readonly findUser?: FindUser
  /** Claims of your own for the access token. Anyone can read them. */
  readonly claims?: ClaimsHook
  readonly session?: SessionOptions
  readonly token?: TokenOptions
  readonly cookie?: CookieSettings
  readonly password?: PasswordOptions
  /** Hears what happens, for logs and metrics. It never holds a secret. */
  readonly onEvent?: OnEvent
  /** The clock, in milliseconds since 1970; for tests. */
  readonly now?: () => number
}

export interface SessionOptions {
  /** How long a session may lie unused; `'7d'`. */
  readonly idle?: string
  /** How long a session may last, whatever happens; `'30d'`. */
  readonly absolute?: string
  /**
   * Whether sessions are bound to a key that their client proves it holds (RFC 9449). `'optional'`, the default: those whose client does so
   * when it signs in. `'required'`: no other is started, and none goes on that was not.
   */
  readonly bound?: 'optional' | 'required'
  /**
   * Where proofs that were seen with a token are remembered, when several processes answer under one issuer; each for itself when left out.
   * It is asked for each request of a bound session.
   */
  readonly replays?: ReplayStore
}

export interface TokenOptions {
  /** How long an access token lives; `'15m'`. */
  readonly lifetime?: string
  /** `'ES256'`. HS256 only where no other service verifies. */
  readonly algorithm?: Algorithm
  /** How long a key signs before the next one does; `'90d'`. */
  readonly rotateAfter?: string
  /**
   * Signing keys of your own instead of those kept in the database: private JWKs, or public ones with a function that signs (a key
   * management service). The first signs, all are published.
   */
  readonly keys?: readonly ConfiguredKey[]
}

export interface CookieSettings {
  /** `'path'`: travels only to the auth paths. `'host'`: cannot be planted by a sibling host, travels with every request. */
  readonly mode?: 'path' | 'host'
  /** `'Strict'`. */
  readonly sameSite?: 'Strict' | 'Lax'
}

export interface PasswordOptions {
  /** Code points; 15 (NIST SP 800-63B-4 for a single factor), never below 8. */
  readonly minLength?: number
}

/** The options, complete and checked. Times in milliseconds. */
export interface Settings {
  readonly issuer: URL
  readonly secrets: readonly [Secret, ...Secret[]]
  readonly database: string
  readonly basePath: string
  readonly audience: readonly string[]
  readonly origins: ReadonlySet<string>
  readonly checkPassword: CheckPassword | undefined
  readonly findUser: FindUser | undefined
  readonly claims: ClaimsHook | undefined
  readonly idle: number
  readonly absolute: number
  readonly lifetime: number
  readonly keyRequired: boolean
  readonly replays: ReplayStore | undefined
  readonly algorithm: Algorithm
  readonly rotateAfter: number
  readonly keys: readonly ConfiguredKey[] | undefined
  readonly cookieMode: 'path' | 'host'
  readonly sameSite: 'Strict' | 'Lax'
  readonly minLength: number
  readonly onEvent: OnEvent
  readonly now: () => number
}

const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'HS256',
  'HS384',
  'HS512',
] as const satisfies readonly Algorithm[]

const hook = <Hook>() => z.custom<Hook>((value) => typeof value === 'function', 'must be a function')
const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

const schema = z.strictObject({
  issuer: z.string(),
  secret: oneOrMore,
  database: z.string().min(1),
  basePath: z
    .string()
    .regex(/^(\/[\w.~-]+)+$/, "must be a path like '/api/auth', without a slash at its end")
    .optional(),
  audience: oneOrMore.optional(),
  origins: z.array(z.string()).optional(),
  checkPassword: hook<CheckPassword>().optional(),
  findUser: hook<FindUser>().optional(),
  claims: hook<ClaimsHook>().optional(),
  session: z
    .strictObject({
      idle: z.string().optional(),
      absolute: z.string().optional(),
      bound: z.enum(['optional', 'required']).optional(),
      replays: z
        .custom<ReplayStore>(
          (value) => typeof value === 'object' && value !== null && 'add' in value && typeof value.add === 'function',
          'must have a method add(id, seconds)',
        )
        .optional(),
    })
    .optional(),
  token: z
    .strictObject({
      lifetime: z.string().optional(),
      algorithm: z.enum(ALGORITHMS).optional(),
      rotateAfter: z.string().optional(),
      keys: z
        .array(z.custom<ConfiguredKey>((value) => typeof value === 'object' && value !== null))
        .min(1)
        .optional(),
    })
    .optional(),
  cookie: z
    .strictObject({ mode: z.enum(['path', 'host']).optional(), sameSite: z.enum(['Strict', 'Lax']).optional() })
    .optional(),
  password: z.strictObject({ minLength: z.int().min(8).max(64).optional() }).optional(),
  onEvent: hook<OnEvent>().optional(),
  now: hook<() => number>().optional(),
})

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError that names the option and the fix; it never holds a secret's value
 */
export function readOptions(options: HallpassOptions): Settings {
  const parsed = schema.safeParse(options)
  if (!parsed.success) throw new TypeError(sentence(parsed.error))
  const { session = {}, token = {}, cookie = {}, password = {}, ...given } = parsed.data

  const issuer = originOf(given.issuer, 'issuer')
  const [first, ...more] = [given.secret].flat().map(parseSecret)
  if (first === undefined) throw new TypeError('secret: run `hallpass secret` and use what it prints')

  const idle = milliseconds(session.idle ?? '7d', 'session.idle')
  const absolute = milliseconds(session.absolute ?? '30d', 'session.absolute')
  const lifetime = milliseconds(token.lifetime ?? '15m', 'token.lifetime')
  const rotateAfter = milliseconds(token.rotateAfter ?? '90d', 'token.rotateAfter')
  if (rotateAfter < 2 * PUBLISH_AHEAD)
    throw new TypeError("token.rotateAfter must be at least '2d': a key is published for a day before it signs")
  if (idle > absolute)
    throw new TypeError('session.idle must not be longer than session.absolute: it would never be reached')
  if (lifetime > 24 * 3_600_000)
    throw new TypeError("token.lifetime must be at most '24h': services cannot forget a sign-out sooner")
  if (lifetime > idle)
    throw new TypeError(
      'token.lifetime must not be longer than session.idle: a session would end while its token lives',
    )

  return {
    issuer,
    secrets: [first, ...more],
    database: given.database,
    basePath: given.basePath ?? '/api/auth',
    audience: [...new Set([issuer.origin, ...[given.audience ?? []].flat()])],
    origins: new Set((given.origins ?? []).map((origin) => originOf(origin, 'origins').origin)),
    checkPassword: given.checkPassword,
    findUser: given.findUser,
    claims: given.claims,
    idle,
    absolute,
    lifetime,
    keyRequired: session.bound === 'required',
    replays: session.replays,
    algorithm: token.algorithm ?? 'ES256',
    rotateAfter,
    keys: token.keys,
    cookieMode: cookie.mode ?? 'path',
    sameSite: cookie.sameSite ?? 'Strict',
    minLength: password.minLength ?? 15,
    onEvent: given.onEvent ?? (() => undefined),
    now: given.now ?? Date.now,
  }
}

/** An origin as browsers write it; plain http only where nothing leaves the machine. */
function originOf(text: string, option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.origin !== text || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `${option} must be an origin like 'https://app.example.com', without a path or a slash at its end`,
    )
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new TypeError(`${option} must be https: plain http is for loopback (localhost, 127.0.0.1, [::1]) only`)
  }
  return url
}

/** True for host names that never leave this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname) ||
    hostname === '[::1]'
  )
}

function sentence(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'the options cannot be used'
  const where = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return `there is no option ${issue.keys.map((key) => `'${[...issue.path, key].join('.')}'`).join(', ')}`
  }
  return `the option ${where === '' ? 'object' : where} is missing or wrong: ${issue.message}`
}
