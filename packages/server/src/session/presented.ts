// Which session a request's cookies speak of. A cookie proves a session only by its stamp; of several, the one that lives wins.
import { Refusal } from '../http/problem.ts'
import type { RefreshCookie } from '../http/cookie.ts'
import type { SessionRow, Store } from '../store/store.ts'
import type { RefreshClaims, RefreshTokens } from './refresh-token.ts'
import type { Sessions } from './sessions.ts'

export interface Presented {
  /**
   * The refresh token to refresh with.
   *
   * @throws Refusal `no_session`, `session_changed` when the client holds another session, `wrong_deployment`
   */
  one(headers: Headers): Promise<RefreshClaims>
  /** Every session the cookies prove, whether it lives or not; never throws for garbage. */
  all(headers: Headers): Promise<readonly RefreshClaims[]>
  /** The living session the cookies prove, if there is exactly one. */
  living(headers: Headers): Promise<SessionRow | undefined>
}

export function createPresented(options: {
  readonly cookie: RefreshCookie
  readonly refreshTokens: RefreshTokens
  readonly sessions: Pick<Sessions, 'living'>
  readonly store: Pick<Store, 'secrets'>
}): Presented {
  const { cookie, refreshTokens, sessions, store } = options

  const read = async (headers: Headers) =>
    Promise.all(cookie.read(headers.get('cookie')).map((value) => refreshTokens.read(value)))

  /** One token a session: the newest generation, should a browser send two. */
  const proven = (tokens: Awaited<ReturnType<typeof read>>): readonly RefreshClaims[] => {
    const newest = new Map<string, RefreshClaims>()
    for (const token of tokens) {
      if (token.kind !== 'token') continue
      const known = newest.get(token.claims.sessionId)
      if (known === undefined || known.generation < token.claims.generation)
        newest.set(token.claims.sessionId, token.claims)
    }
    return [...newest.values()]
  }

  /** A stamp we cannot check is a wrong deployment when the store has seen its secret, garbage otherwise. */
  const refuseUnreadable = async (tokens: Awaited<ReturnType<typeof read>>): Promise<never> => {
    const fingerprints = tokens.flatMap((token) => (token.kind === 'unknown_secret' ? [token.fingerprint] : []))
    const ours = tokens.some((token) => token.kind === 'other_store')
    if (ours || (fingerprints.length > 0 && (await store.secrets()).some((seen) => fingerprints.includes(seen)))) {
      throw new Refusal('wrong_deployment', { retryAfter: 30 })
    }
    throw new Refusal('no_session')
  }

  const pick = async (claims: readonly RefreshClaims[], held: string | null): Promise<RefreshClaims> => {
    const [first, ...others] = claims
    if (first === undefined) throw new Refusal('no_session')
    if (others.length === 0) return first
    const living: RefreshClaims[] = []
    for (const one of claims) if ((await sessions.living(one)) !== undefined) living.push(one)
    if (living.length <= 1) return living[0] ?? first
    const chosen = living.find((one) => one.sessionId === held)
    if (chosen === undefined) throw new Refusal('session_changed')
    return chosen
  }

  return {
    async one(headers) {
      const tokens = await read(headers)
      const claims = proven(tokens)
      if (claims.length === 0) return refuseUnreadable(tokens)
      const held = headers.get('hallpass-session')
      const chosen = await pick(claims, held)
      if (held !== null && held !== chosen.sessionId) throw new Refusal('session_changed')
      return chosen
    },

    all: async (headers) => proven(await read(headers)),

    async living(headers) {
      const rows: SessionRow[] = []
      for (const claims of proven(await read(headers))) {
        const row = await sessions.living(claims)
        if (row !== undefined) rows.push(row)
      }
      return rows.length === 1 ? rows[0] : undefined
    },
  }
}
