// The attacker's own session, as a cookie that can be planted in somebody else's browser.
import type { Scene } from '../scene.ts'

export interface AttackersCookie {
  readonly name: string
  readonly path: string
  /** The page of that target has to read it. */
  readonly httpOnly: boolean
  /** A placeholder that only the attacker's process can fill. */
  readonly value: string
}

/** Signs the attacker in on their own machine and answers the cookie that makes the session. */
export async function attackersCookie(scene: Scene): Promise<AttackersCookie> {
  const { target, attacker } = scene
  const { status } = await scene.signInOutside(attacker.email, attacker.password)
  if (status !== 200) throw new Error(`the attacker could not sign in: ${status}`)
  if (target.refreshCookie !== undefined)
    return { name: target.refreshCookie, path: '/api/auth', httpOnly: true, value: `«jar:${target.refreshCookie}»` }
  if (target.access === 'bearer') throw new Error('there is no cookie to plant')
  const name = target.access.cookie
  // Where the page writes the cookie itself, the attacker has the token from the answer.
  return {
    name,
    path: '/',
    httpOnly: target.name !== 'readable-cookie',
    value: target.name === 'readable-cookie' ? '«token»' : `«jar:${name}»`,
  }
}
