// Mints access tokens: the pass that every service checks on its own (RFC 9068).
import { sign, type Key } from '@hallpass/token'
import { callHook } from '../hook.ts'
import type { SessionRow } from '../store/store.ts'

const TYPE = 'at+jwt'
/** What the server says itself; a claims hook cannot say otherwise. */
const RESERVED = ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'nbf', 'auth_time', 'amr', 'cnf']

export interface AccessToken {
  readonly token: string
  /** Seconds until it dies. */
  readonly expiresIn: number
}

/** Adds claims of the application's own to an access token: anyone can read them, so nothing secret. */
export type ClaimsHook = (session: {
  readonly id: string
  readonly subject: string
  readonly user: SessionRow['user']
}) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>

export interface AccessTokens {
  /**
   * `at` (milliseconds) is when the session was last seen alive, not when the token is written: whatever ends the session
   * after that moment is remembered until this token has died. `audience` is one of the registered ones; without it the
   * token is for the ordinary audience.
   */
  mint(session: SessionRow, at: number, audience?: string): Promise<AccessToken>
}

export function createAccessTokens(options: {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Milliseconds. */
  readonly lifetime: number
  readonly signer: () => Promise<Key>
  readonly claims: ClaimsHook | undefined
  readonly uuid: () => string
}): AccessTokens {
  const { issuer, lifetime, signer, uuid } = options
  const [only, ...more] = options.audience
  const ordinary = more.length === 0 ? only : options.audience

  return {
    async mint(session, at, audience) {
      const own = await ownClaims(options.claims, session)
      const issuedAt = Math.floor(at / 1000)
      // A pass never outlives its session.
      const expiresAt = Math.min(issuedAt + lifetime / 1000, Math.floor(session.expiresAt / 1000))
      const claims = {
        ...own,
        iss: issuer,
        aud: audience ?? ordinary,
        sub: session.subject,
        sid: session.id,
        jti: uuid(),
        iat: issuedAt,
        exp: expiresAt,
        auth_time: Math.floor(session.authTime / 1000),
        amr: session.amr,
        // RFC 9449 §6.1: of no use without a proof of that key.
        ...(session.binding !== null && { cnf: { jkt: session.binding } }),
      }
      return { token: await sign(claims, await signer(), { type: TYPE }), expiresIn: expiresAt - issuedAt }
    },
  }
}

async function ownClaims(hook: ClaimsHook | undefined, session: SessionRow): Promise<Record<string, unknown>> {
  if (hook === undefined) return {}
  const { id, subject, user } = session
  const claims = { ...(await callHook('claims', () => hook({ id, subject, user }))) }
  for (const name of RESERVED) delete claims[name]
  return claims
}
