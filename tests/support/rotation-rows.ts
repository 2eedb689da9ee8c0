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

/** Every row of the table; `wait` lets time pass, in seconds. */
export async function everyRow(
  first: () => Jar,
  outcomes: () => readonly string[],
  wait: (seconds: number) => Promise<void>,
): Promise<void> {
  const last = () => outcomes().at(-1)
  const jar = first()
  await signUp(jar)

  const start = jar.cookie()
  expect([(await refresh(jar)).status, last(), jar.cookie()]).toEqual([200, 'repeated', start])
  const owner = jar.copy()
  const late = jar.copy()
  const lost = jar.copy()
  const thief = jar.copy()

  await wait(31)
  expect([(await refresh(jar)).status, last()]).toEqual([200, 'rotated'])
  const successor = jar.cookie()
  expect(successor).not.toBe(start)
  // The answer got lost: asked again, it is the same, byte for byte.
  expect([(await refresh(owner)).status, last(), owner.cookie()]).toEqual([200, 'replayed', successor])

  await wait(31)
  const answer = await refresh(late)
  expect([answer.status, last(), answer.setCookies]).toEqual([200, 'late', []])
  expect((await late.get('/api/profile', token(answer))).status).toBe(200)

  await wait(31)
  // Lost for more than a minute: no theft either. What nobody showed is dead, and stale at first.
  expect([(await refresh(lost)).status, last()]).toEqual([200, 'recovered'])
  const stale = await refresh(jar)
  expect([stale.status, stale.json['code'], last()]).toEqual([503, 'stale_refresh', 'stale'])
  expect(stale.head).toMatch(/^retry-after: \d+$/im)

  // The one who recovered goes on; the token from before the beginning is a copy that is out of step.
  await wait(31)
  expect([(await refresh(lost)).status, last()]).toEqual([200, 'rotated'])
  await wait(61)
  const reused = await refresh(thief)
  expect([reused.status, reused.json['code'], reused.setCookies, last()]).toEqual([401, 'session_ended', [], 'reused'])
  expect([(await refresh(lost)).json['code'], last()]).toEqual(['session_ended', 'ended'])
}

/** What the log of a program says of refreshes. */
export const outcomesOf = (program: Program): readonly string[] =>
  Array.from(program.output().matchAll(/"outcome":"(\w+)"/g), ([, outcome = '']) => outcome)
