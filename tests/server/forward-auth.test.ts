// GET verify without a proxy in front: what proxies.test.ts asks through real ones, where they are installed.
import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'
import { startRealServer } from '../support/real-server.ts'

test('an account of the server’s own, without a proxy: its id is the subject', async () => {
  const server = await startRealServer()
  const device = await signUp(server)
  const headers = [['Authorization', `Bearer ${device.accessToken}`]] as const
  const [verified, me] = [await server.ask('GET', 'verify', { headers }), await server.ask('GET', 'me', { headers })]
  expect(verified).toMatchObject({ status: 200, text: '' })
  expect(verified.headers['hallpass-session']).toBe(device.sessionId)
  expect(verified.headers['hallpass-subject']).toBe(me.json['id'])
  expect(me.json['id']).toMatch(/^[0-9a-f-]{36}$/)
  await server.close()
})

test('every method is the same question: so asks Envoy, with that of the request it asks about', async () => {
  const server = await startRealServer()
  const { accessToken, sessionId } = await signUp(server)
  const bearer = [['Authorization', `Bearer ${accessToken}`]] as const
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const answer = await server.ask(method, 'verify', { headers: bearer })
    expect([method, answer.status, answer.headers['hallpass-session']]).toEqual([method, 200, sessionId])
    const refused = await server.ask(method, 'verify', { headers: [['Hallpass-Subject', 'root']] })
    expect([method, refused.status, refused.headers['www-authenticate']]).toEqual([method, 401, 'Bearer'])
    expect(refused.headers['hallpass-subject']).toBeUndefined()
  }
  await server.close()
})

test('no path behind it is a question: one with dots would lead elsewhere, where anybody is answered', async () => {
  const server = await startRealServer()
  for (const path of ['verify/', 'verify/reports/1', 'verify//', 'verify/x/../y'])
    expect([path, (await server.ask('GET', path)).status]).toEqual([path, 404])
  await server.close()
})
