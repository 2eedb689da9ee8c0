// Every row of the rotation table in turn (docs/design.md, "Rotation"), as somebody with curl and a few cookie jars goes through them.
import { expect } from 'vitest'
import type { Curled, Jar } from './curl.ts'
import type { Program } from './program.ts'

export const PASSWORD = 'correct horse battery'
let people = 0

/** Somebody who has no account yet. */
export function newcomer(): { readonly email: string; readonly password: string; readonly name: string } {
  return { email: `ada-${++people}@example.com`, password: PASSWORD, name: 'Ada' }
}

/** The access token of a session answer. */
export const token = ({ json }: Curled): string => String(json['accessToken'])

/** Signs somebody new up; answers their access token. */
export const signUp = async (jar: Jar): Promise<string> => token(await jar.post('/api/auth/register', newcomer()))

export const refresh = (jar: Jar): Promise<Curled> => jar.post('/api/auth/refresh')

/** Lets time pass, in seconds. */
export type Wait = (seconds: number) => Promise<void>

/** What the server said of the last refresh of a session: two stories may run at once on one server. */
type Last = (jar: Jar) => string | undefined

/** An honest browser: whatever it is told late, or never, it stays signed in. */
export async function honestRows(jar: Jar, last: Last, wait: Wait): Promise<void> {
  await signUp(jar)
  const start = jar.cookie()
  expect([(await refresh(jar)).status, last(jar), jar.cookie()]).toEqual([200, 'repeated', start])
  const [again, late, lost] = [jar.copy(), jar.copy(), jar.copy()]

  await wait(31)
  expect([(await refresh(jar)).status, last(jar)]).toEqual([200, 'rotated'])
  const successor = jar.cookie()
  expect(successor).not.toBe(start)
  // The answer got lost: asked again, it is the same, byte for byte.
  expect([(await refresh(again)).status, last(again), again.cookie()]).toEqual([200, 'replayed', successor])

  await wait(31)
  const answer = await refresh(late)
  expect([answer.status, last(late), answer.setCookies]).toEqual([200, 'late', []])
  expect((await late.get('/api/profile', token(answer))).status).toBe(200)

  await wait(31)
  // Lost for more than a minute: no theft either. What nobody showed is dead, and stale at first.
  expect([(await refresh(lost)).status, last(lost)]).toEqual([200, 'recovered'])
  const stale = await refresh(jar)
  expect([stale.status, stale.json['code'], last(jar)]).toEqual([503, 'stale_refresh', 'stale'])
  expect(stale.head).toMatch(/^retry-after: \d+$/im)
}

/** Two parties that hold one session, out of step by more than a minute: it ends. */
export async function thiefRows(jar: Jar, last: Last, wait: Wait): Promise<void> {
  await signUp(jar)
  const thief = jar.copy()
  for (const turn of ['first', 'second']) {
    await wait(31)
    expect([turn, (await refresh(jar)).status, last(jar)]).toEqual([turn, 200, 'rotated'])
  }
  await wait(61)
  const reused = await refresh(thief)
  expect([reused.status, reused.json['code'], reused.setCookies, last(thief)]).toEqual([
    401,
    'session_ended',
    [],
    'reused',
  ])
  expect([(await refresh(jar)).json['code'], last(jar)]).toEqual(['session_ended', 'ended'])
}

/** What the log of a program says of the last refresh of the session whose cookie is in a jar. */
export const lastOutcome =
  (program: Program): Last =>
  (jar) => {
    const { sid } = JSON.parse(Buffer.from(jar.cookie()?.split('.')[1] ?? '', 'base64url').toString()) as {
      sid: string
    }
    const lines = program.output().split('\n')
    return /"outcome":"(\w+)"/.exec(
      lines.findLast((line) => line.includes('"outcome"') && line.includes(sid)) ?? '',
    )?.[1]
  }
