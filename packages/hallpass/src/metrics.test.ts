// What Prometheus is shown: what happened and what is, and never who.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  expect(text).toMatch(/hallpass_signing_key_age_seconds\{kid="[\w-]{43}",state="signing"\} 120\n/)
  expect(text).toContain('process_cpu_seconds_total')
  for (const secret of ['ada', ada.sessionId ?? '?', token ?? '?']) expect(text).not.toContain(secret)
  expect(await fetched('/')).toBe('')
  await listening.close()
  await auth.close()
})
