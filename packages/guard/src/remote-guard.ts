// The guard of a service: keys and sign-outs fetched from the issuer, everything else decided here.
import type { Algorithm } from '@hallpass/token'
import { background } from './background.ts'
import { CLOCK_TOLERANCE, createGuard, type Checked, type CheckResult, type Guard } from './guard.ts'
import { issuerBase } from './issuer.ts'
import { createProofs, type ProofOptions } from './proofs.ts'
import { revocationsStale } from './refused.ts'
import { createRemoteKeys } from './remote-keys.ts'
import { createRevocationFeed } from './revocation-feed.ts'
import { createRevocationView, LONGEST } from './revocation-view.ts'

export interface RemoteGuardOptions {
  /** The public origin of the deployment, like `https://example.com`; plain http only on loopback. */
  readonly issuer: string
  /** What this service is called in `aud`; several names when it answers to several. */
  readonly audience: string | readonly string[]
  /** Where the issuer's endpoints are; `/api/auth` when not given. */
  readonly basePath?: string
  /** Every asymmetric algorithm a Hallpass server may sign with, when not given. */
  readonly algorithms?: readonly Algorithm[]
  /** How far clocks may be apart, in seconds; 5 when not given. */
  readonly clockTolerance?: number
  /** How old the list of sign-outs may be before `onStale` is asked, in seconds; 30 when not given. */
  readonly maxStaleness?: number
  /** `accept` (the default): go on with what is known, and say so in `health()`. `reject`: 503 until the issuer is back. */
  readonly onStale?: 'accept' | 'reject'
  /** Lets tokens in that are bound to a key (RFC 9449), each with a proof of it; without it they are refused. */
  readonly proofs?: Omit<ProofOptions, 'now'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Hears the result of every check, for metrics. A valid token that is refused because the list is too old is heard twice. */
  readonly onChecked?: (result: CheckResult) => void
}

/** What a Hallpass server may sign with. Never HS256: a service that could check it could also forge it. */
const ASYMMETRIC: readonly Algorithm[] = [
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
]
const POLL_EVERY = 1_000
const OPTIONS: ReadonlySet<string> = new Set<keyof RemoteGuardOptions>([
  'issuer',
  'audience',
  'basePath',
  'algorithms',
  'clockTolerance',
  'maxStaleness',
  'onStale',
  'proofs',
  'now',
  'onChecked',
])
const STALE: Checked = Object.freeze({ ok: false, refusal: revocationsStale })

/**
 * Creates the guard of a service: fetches the issuer's public keys and hears of every session that ends, by a stream it holds or, while
 * there is none, by asking every second. None of this keeps a process of Node alive; `close()` ends it.
 *
 * @throws TypeError when an option is missing, unknown or makes no sense
 */
export function guard(options: RemoteGuardOptions): Guard {
  for (const name of Object.keys(options))
    if (!OPTIONS.has(name)) throw new TypeError(`guard() has no option "${name}": it knows ${[...OPTIONS].join(', ')}`)
  const { issuer, audience, basePath = '/api/auth', algorithms = ASYMMETRIC, now = Date.now } = options
  const { clockTolerance = CLOCK_TOLERANCE, maxStaleness = 30, onStale = 'accept' } = options
  if (!Number.isFinite(maxStaleness) || maxStaleness <= 0)
    throw new TypeError('"maxStaleness" is a number of seconds above zero')
  if (onStale !== 'accept' && onStale !== 'reject') throw new TypeError('"onStale" is "accept" or "reject"')
  if (algorithms.some((algorithm) => algorithm.startsWith('HS')))
    throw new TypeError('a guard checks with public keys: leave the HS algorithms out of "algorithms"')

  const base = issuerBase(issuer, basePath)
  const closing = new AbortController()
  const { signal } = closing
  const view = createRevocationView({ now, clockTolerance })
  const keys = createRemoteKeys({ url: `${base}/jwks`, algorithms, now, signal })
  // Checks the options before the first request leaves. A token that lived longer than an ended session is remembered would come
  // back to life.
  const local = createGuard({
    issuer,
    audience,
    keys,
    algorithms,
    revocations: view,
    clockTolerance,
    maxLifetime: LONGEST,
    now,
    ...(options.proofs !== undefined && { proofs: createProofs({ ...options.proofs, now }) }),
    ...(options.onChecked !== undefined && { onChecked: options.onChecked }),
  })
  keys.refresh()
  const feed = createRevocationFeed({ url: `${base}/revocations`, view, now, signal, keysNamed: keys.named })
  const timer = background(
    setInterval(() => {
      feed.tick()
      keys.refresh()
    }, POLL_EVERY),
  )

  let started = false
  const ready = feed.first.then(() => {
    started = true
  })
  const feedStale = () => {
    const { fetchedAt } = feed.health()
    return fetchedAt === null || now() - fetchedAt > maxStaleness * 1000
  }
  const unlessStale = (checked: Checked): Checked => {
    if (!checked.ok || onStale !== 'reject' || !feedStale()) return checked
    options.onChecked?.('revocations_stale')
    return STALE
  }
  const decide: Guard['check'] = (authorization, request) => {
    const checked = local.check(authorization, request)
    return checked instanceof Promise ? checked.then(unlessStale) : unlessStale(checked)
  }

  const decideTicket: Guard['checkTicket'] = (address) => {
    const checked = local.checkTicket(address)
    return checked instanceof Promise ? checked.then(unlessStale) : unlessStale(checked)
  }

  return {
    checkTicket: (address) => (started ? decideTicket(address) : ready.then(() => decideTicket(address))),
    // A service that has just started waits for the first list, or it would let in who signed out before.
    check: (authorization, request) =>
      started ? decide(authorization, request) : ready.then(() => decide(authorization, request)),
    health() {
      const revocations = { ...feed.health(), stale: feedStale(), count: view.snapshot().length }
      const state = { keys: keys.health(), revocations }
      return { ok: !state.keys.stale && !revocations.stale, ...state }
    },
    close() {
      clearInterval(timer)
      closing.abort()
    },
  }
}
