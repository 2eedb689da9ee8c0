// What the attacker does on their own machine with what they have: every way they know of, one after the other.
import type { Target } from './targets/target.ts'
import type { Answer } from './world/thief-orders.ts'
import type { Thief } from './world/thief.ts'

export interface OutsideAnswer extends Answer {
  readonly asVictim: boolean
}

export interface Outside {
  /** What the outside gets for the access credential it stole under that name, as the API wants it. */
  useOutside(kind: string, path?: string): Promise<OutsideAnswer>
  /** What the outside gets with the cookies in its own jar, and the token it was given with them. */
  useJar(): Promise<OutsideAnswer>
  /** The attacker signs in on their own machine, as themselves or with what they stole. */
  signInOutside(email: string, password: string): Promise<Answer>
  /** The attacker renews the access token with the refresh cookie copied before; answers the status. */
  refreshOutside(): Promise<Answer>
}

const json = { 'content-type': 'application/json' }

/** @param email whose data shows that the attacker was taken for the victim */
export function createOutside({ access, bound = false }: Target, thief: Thief, email: string): Outside {
  const judged = (answer: Answer): OutsideAnswer => ({
    ...answer,
    asVictim: answer.status === 200 && answer.body.includes(email),
  })

  /** A token that is bound to a key: as if it were not, with a key of the attacker's, with a stolen key. */
  const useBound = async (kind: string, path: string): Promise<Answer> => {
    const plain = await thief.ask({ path, headers: { authorization: `Bearer «${kind}»` } })
    if (plain.status === 200) return plain
    const headers = { authorization: `DPoP «${kind}»` }
    const own = await thief.ask({ path, headers, prove: 'own' })
    return own.status === 200 ? own : thief.ask({ path, headers, prove: 'stolen' })
  }

  return {
    async useOutside(kind, path = '/api/profile') {
      if (bound) return judged(await useBound(kind, path))
      const headers: Record<string, string> =
        access === 'bearer' ? { authorization: `Bearer «${kind}»` } : { cookie: `${access.cookie}=«${kind}»` }
      return judged(await thief.ask({ path, headers }))
    },

    async useJar() {
      const path = '/api/profile'
      if (bound) return judged(await useBound('token', path))
      const headers: Record<string, string> = access === 'bearer' ? { authorization: 'Bearer «token»' } : {}
      return judged(await thief.ask({ path, headers }))
    },

    signInOutside: (email, password) =>
      thief.ask({
        method: 'POST',
        path: '/api/auth/login',
        headers: json,
        body: JSON.stringify({ email, password }),
        ...(bound && { prove: 'own' }),
      }),

    async refreshOutside() {
      const ask = { method: 'POST', path: '/api/auth/refresh', headers: json, body: '{}' }
      const plain = await thief.ask(ask)
      if (!bound || plain.status === 200) return plain
      const own = await thief.ask({ ...ask, prove: 'own' })
      return own.status === 200 ? own : thief.ask({ ...ask, prove: 'stolen' })
    },
  }
}
