// What Prometheus is shown: what happened and what is, and never who.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { open } from '../../../tests/support/in-process.ts'
import { listenForMetrics } from './http/metrics-listener.ts'
import { createMetrics } from './metrics.ts'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-metrics-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

test('a day at the door, counted', async () => {
  const metrics = createMetrics()
  const { auth, clock, device } = await open({
    database: join(directory, 'hallpass.db'),
    checkPassword: (email, password) => (password === 'right' ? { id: email } : null),
    onEvent: metrics.hear,
  })
  metrics.watch(auth, clock.now)
  const port = await freePort()
  const listening = await listenForMetrics(metrics, { host: '127.0.0.1', port })
  const fetched = async (path = '/metrics') => (await fetch(`http://127.0.0.1:${port}${path}`)).text()

  const ada = device()
  await ada.post('login', { email: 'ada@example.com', password: 'wrong' })
  await ada.post('login', { email: 'ada@example.com', password: 'right' })
  clock.advance(60_000)
  await ada.post('refresh')
  await ada.get('me')
  const { token } = ada
  await ada.post('logout')
  ada.token = token
  await ada.get('me')
  ada.token = undefined
  await ada.get('me')
  clock.advance(60_000)

  const text = await fetched()
  for (const line of [
    'hallpass_refreshes_total{outcome="rotated"} 1',
    'hallpass_sessions_started_total 1',
    'hallpass_sessions_ended_total{reason="logout"} 1',
    'hallpass_checks_total{result="accepted"} 1',
    'hallpass_checks_total{result="revoked"} 1',
    'hallpass_checks_total{result="token_required"} 1',
    'hallpass_refused_total{code="invalid_credentials"} 1',
    'hallpass_revocations 1',
    'hallpass_revocations_age_seconds 0',
    'hallpass_feed_streams 0',
    'hallpass_password_hashing{state="waiting"} 0',
  ])
    expect(text).toContain(`${line}\n`)
  for (const outcome of ['repeated', 'replayed', 'late', 'stale', 'recovered', 'reused', 'healed', 'ended'])
    expect(text).toContain(`hallpass_refreshes_total{outcome="${outcome}"} 0\n`)
  expect(text).toMatch(/hallpass_signing_key_age_seconds\{kid="[\w-]{43}",state="signing"\} 120\n/)
  expect(text).toContain('process_cpu_seconds_total')
  for (const secret of ['ada', ada.sessionId ?? '?', token ?? '?']) expect(text).not.toContain(secret)
  expect(await fetched('/')).toBe('')
  await listening.close()
  await auth.close()
})

test('every row of the rotation table is counted, and so is the throttle', async () => {
  const metrics = createMetrics()
  const database = join(directory, 'rows.db')
  const { auth, clock, device } = await open({
    database,
    checkPassword: (email, password) => (password === 'right' ? { id: email } : null),
    onEvent: metrics.hear,
  })
  const ada = device()
  await ada.post('login', { email: 'ada@example.com', password: 'right' })
  const at = (seconds: number) => clock.advance(seconds * 1_000)
  const cookies = [ada.cookie]
  const refresh = async (cookie: string | undefined) => {
    ada.cookie = cookie
    await ada.post('refresh')
    cookies.push(ada.cookie)
  }
  await refresh(cookies[0]) // repeated
  at(40)
  await refresh(cookies[0]) // rotated: the second token
  const second = ada.cookie
  await refresh(cookies[0]) // replayed
  at(40)
  await refresh(cookies[0]) // late
  await refresh(second) // rotated: the third
  const third = ada.cookie
  await refresh(cookies[0]) // stale
  at(70)
  await refresh(second) // recovered: the fourth
  at(70)
  // The database loses writes.
  const past = new DatabaseSync(database, { timeout: 2_000 })
  past.exec('update hallpass_sessions set generation = 1, proven = 0')
  past.close()
  await refresh(third) // healed
  at(70)
  await refresh(cookies[0]) // reused
  await refresh(third) // ended

  for (let tries = 0; tries < 12; tries++) await device().post('login', { email: 'bob@example.com', password: 'wrong' })
  const { body } = await metrics.text()
  const count = (line: string) => Number(new RegExp(`^hallpass_${line} (\\d+)$`, 'm').exec(body)?.[1])
  const outcomes = ['repeated', 'rotated', 'replayed', 'late', 'stale', 'recovered', 'healed', 'reused', 'ended']
  expect(
    Object.fromEntries(outcomes.map((outcome) => [outcome, count(`refreshes_total{outcome="${outcome}"}`)])),
  ).toEqual({
    repeated: 1,
    rotated: 2,
    replayed: 1,
    late: 1,
    stale: 1,
    recovered: 1,
    healed: 1,
    reused: 1,
    ended: 1,
  })
  expect(count('sessions_ended_total{reason="reuse"}')).toBe(1)
  expect(count('refused_total{code="throttled"}')).toBeGreaterThan(0)
  await auth.close()
})
