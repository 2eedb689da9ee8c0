// Every row of the rotation table in turn (docs/design.md, "Rotation"), as somebody with curl and a few cookie jars goes through them.
import { expect } from 'vitest'
import type { Curled, Jar } from './curl.ts'
import type { Program } from './program.ts'
import { waitFor } from './wait-for.ts'

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

/** Refreshes, and tells what the server said of it beside the answer: its row of the table. */
type Refresh = (jar: Jar) => Promise<{ readonly answer: Curled; readonly outcome: string }>

/** An honest browser: whatever it is told late, or never, it stays signed in. */
export async function honestRows(jar: Jar, program: Program, wait: Wait): Promise<void> {
  const told = refreshesOf(program)
  const row = async (one: Jar) => {
    const { answer, outcome } = await told(one)
    return [answer.status, outcome]
  }
  await signUp(jar)
  const start = jar.cookie()
  expect([...(await row(jar)), jar.cookie()]).toEqual([200, 'repeated', start])
  const [again, late, lost] = [jar.copy(), jar.copy(), jar.copy()]

  await wait(31)
  expect(await row(jar)).toEqual([200, 'rotated'])
  const successor = jar.cookie()
  expect(successor).not.toBe(start)
  // The answer got lost: asked again, it is the same, byte for byte.
  expect([...(await row(again)), again.cookie()]).toEqual([200, 'replayed', successor])

  await wait(31)
  const { answer, outcome } = await told(late)
  expect([answer.status, outcome, answer.setCookies]).toEqual([200, 'late', []])
  expect((await late.get('/api/profile', token(answer))).status).toBe(200)

  await wait(31)
  // Lost for more than a minute: no theft either. What nobody showed is dead, and stale at first.
  expect(await row(lost)).toEqual([200, 'recovered'])
  const stale = await told(jar)
  expect([stale.answer.status, stale.answer.json['code'], stale.outcome]).toEqual([503, 'stale_refresh', 'stale'])
  expect(stale.answer.head).toMatch(/^retry-after: \d+$/im)
}

/** Two parties that hold one session, out of step by more than a minute: it ends. */
export async function thiefRows(jar: Jar, program: Program, wait: Wait): Promise<void> {
  const told = refreshesOf(program)
  await signUp(jar)
  const thief = jar.copy()
  for (const turn of ['first', 'second']) {
    await wait(31)
    const { answer, outcome } = await told(jar)
    expect([turn, answer.status, outcome]).toEqual([turn, 200, 'rotated'])
  }
  await wait(61)
  const { answer, outcome } = await told(thief)
  expect([answer.status, answer.json['code'], answer.setCookies, outcome]).toEqual([401, 'session_ended', [], 'reused'])
  const owner = await told(jar)
  expect([owner.answer.json['code'], owner.outcome]).toEqual(['session_ended', 'ended'])
}

/** Refreshes whose row is read from the log of a program: the line comes by another way than the answer, so it is waited for. */
function refreshesOf(program: Program): Refresh {
  const outcomes = (sid: string) =>
    program
      .output()
      .split('\n')
      .flatMap((line) => (line.includes(sid) ? (/"outcome":"(\w+)"/.exec(line)?.[1] ?? []) : []))
  return async (jar) => {
    const payload = Buffer.from(jar.cookie()?.split('.')[1] ?? '', 'base64url').toString()
    const { sid } = JSON.parse(payload) as { sid: string }
    const before = outcomes(sid).length
    const answer = await refresh(jar)
    await waitFor(() => outcomes(sid).length > before)
    return { answer, outcome: outcomes(sid).at(-1) ?? '' }
  }
}
