// A secret is changed and nobody is signed out: loaded behind the old one, promoted, the keys sealed again, the old one dropped.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { open, testClock } from '../../../../tests/support/in-process.ts'
import { generateSecret } from './secret.ts'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-secret-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('four starts, one session, one key', async () => {
  const [old, next] = [generateSecret(), generateSecret()]
  const clock = testClock()
  const database = join(directory, 'hallpass.db')
  const start = (...secret: string[]) =>
    open({ database, secret, now: clock.now, checkPassword: (email) => ({ id: email }) })

  let node = await start(old)
  const ada = node.device()
  expect((await ada.post('login', { email: 'ada', password: 'x' })).status).toBe(200)
  const [key] = await node.auth.keys.list()
  let cookie = ada.cookie
  let sessionId = ada.sessionId
  await node.auth.close()

  for (const [secrets, resealed] of [
    [[old, next], 0],
    [[next, old], 1],
    [[next], 0],
  ] as const) {
    clock.advance(60_000)
    node = await start(...secrets)
    const device = node.device()
    Object.assign(device, { cookie, sessionId })
    expect((await device.post('refresh')).status).toBe(200)
    expect(device.sessionId).toBe(ada.sessionId)
    expect(await node.auth.keys.reseal()).toBe(resealed)
    expect((await node.auth.keys.list()).map(({ kid }) => kid)).toEqual([key?.kid])
    ;({ cookie, sessionId } = device)
    await node.auth.close()
  }
  // The old one alone opens nothing any more, and says so instead of starting over.
  await expect(start(old)).rejects.toThrow(/no loaded secret opens the signing keys/)
})
