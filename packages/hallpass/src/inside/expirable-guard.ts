// A guard for which single passes can be let expire before their time: they are judged by a clock that stands after their end.
// The check itself is the real one; only its clock is moved, and only for those passes. Development only.
import { createGuard, createRevocationView, type Guard } from '@hallpass/guard'
import { importJwks, type Algorithm, type Jwk } from '@hallpass/token'

export interface ExpirableGuard extends Pick<Guard, 'check'> {
  /** From now on the pass with this `jti` is judged as if its lifetime were over. */
  expire(jti: string): void
}

/** Seconds after `exp`, past any clock tolerance. */
const LONG_AFTER = 3600
const REMEMBERED = 1000

/** Wraps the deployment's own guard; `onExpired` hears of each refusal. */
export function createExpirableGuard(options: {
  readonly guard: Pick<Guard, 'check'>
  readonly keys: { jwks(): Promise<{ readonly keys: readonly Jwk[] }> }
  readonly issuer: string
  readonly algorithms: readonly Algorithm[]
  readonly onExpired: (sessionId: string, jti: string) => void
}): ExpirableGuard {
  const { guard, keys, issuer, algorithms, onExpired } = options
  const expired = new Set<string>()

  return {
    expire(jti) {
      expired.add(jti)
      const [oldest] = expired
      if (expired.size > REMEMBERED && oldest !== undefined) expired.delete(oldest)
    },

    async check(authorization) {
      const checked = await guard.check(authorization)
      if (!checked.ok || !expired.has(checked.auth.claims.jti)) return checked
      const { claims, sessionId } = checked.auth
      const late = createGuard({
        issuer,
        audience: issuer,
        keys: await importJwks(await keys.jwks(), { algorithms }),
        algorithms,
        revocations: createRevocationView(),
        now: () => (claims.exp + LONG_AFTER) * 1000,
      })
      const refused = await late.check(authorization)
      onExpired(sessionId, claims.jti)
      return refused
    },
  }
}
