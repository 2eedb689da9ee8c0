// The programs that README and the guides show are taken out of the pages, started as they stand, and used: sign up, profile, sign out.
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { documentedProgram, freePort, runDocumentedPrograms } from '../support/documented-program.ts'
import { cookiePairs, exchange } from '../support/http-exchange.ts'

const programs = runDocumentedPrograms()
afterEach(() => programs.stop())
afterAll(() => programs.remove())

/** What everybody does with it: the issuer's page signs somebody up or in, and asks for the profile. */
async function signedIn(port: number, path: 'register' | 'login', json: object) {
  const origin = `http://localhost:${port}`
  const ask = (method: string, to: string, headers: readonly (readonly [string, string])[], body?: object) =>
    exchange(`http://127.0.0.1:${port}`, method, to, { headers, ...(body !== undefined && { json: body }) })
  const answer = await ask('POST', `/api/auth/${path}`, [['Origin', origin]], json)
  expect(answer.text).toContain('accessToken')
  const { accessToken } = answer.json as { readonly accessToken: string }
  const [cookie = ''] = cookiePairs(answer)
  expect(cookie).toMatch(new RegExp(`^hallpass-${port}=`))
  const bearer = ['Authorization', `Bearer ${accessToken}`] as const
  return {
    bearer,
    profile: () => ask('GET', '/api/profile', [bearer]),
    refresh: () =>
      ask('POST', '/api/auth/refresh', [
        ['Origin', origin],
        ['Cookie', cookie],
      ]),
    logout: () =>
      ask('POST', '/api/auth/logout', [
        ['Origin', origin],
        ['Cookie', cookie],
      ]),
    stranger: () => ask('GET', '/api/profile', []),
  }
}

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

describe('a server of the documentation signs somebody up, knows them, and forgets them', () => {
  test.each([
    ['README.md', 'express'],
    ['docs/guides/into-your-server.md', 'express'],
    ['docs/guides/into-your-server.md', 'fastify'],
    ['docs/guides/into-your-server.md', 'hono'],
    ['docs/guides/into-your-server.md', 'node'],
  ])('%s: %s', async (page, name) => {
    const port = await freePort()
    await programs.start(documentedProgram(page, name), { 3000: port }, port)
    const person = await signedIn(port, 'register', ada)
    expect((await person.stranger()).status).toBe(401)
    const { status, json } = await person.profile()
    expect(status).toBe(200)
    expect(json['id']).toMatch(/^[\da-f-]{36}$/)
    expect((await person.refresh()).status).toBe(200)
    expect((await person.logout()).status).toBe(204)
    expect((await person.profile()).status).toBe(401)
    expect((await person.refresh()).code).toBe('session_ended')
  })
})

test('docs/guides/your-own-users.md: own-users asks the application who somebody is', async () => {
  const port = await freePort()
  await programs.start(documentedProgram('docs/guides/your-own-users.md', 'own-users'), { 3000: port }, port)
  const person = await signedIn(port, 'login', { email: ada.email, password: 'a hash belongs here' })
  expect((await person.profile()).json).toEqual({ id: '42', plan: 'staff' })
  expect((await person.refresh()).json).toMatchObject({ user: { id: '42', email: ada.email, name: 'Ada' } })
})

test('docs/guides/another-service.md: service takes the pass of the issuer, and hears of the sign-out', async () => {
  const [issuer, service] = [await freePort(), await freePort()]
  const audience = 'https://images.example.com'
  const server = documentedProgram('docs/guides/into-your-server.md', 'express').replace(
    "database: './hallpass.db',",
    `database: './hallpass.db',\n  audience: ['${audience}'],`,
  )
  await programs.start(server, { 3000: issuer }, issuer)
  await programs.start(
    documentedProgram('docs/guides/another-service.md', 'service'),
    { 3000: issuer, 4000: service },
    service,
  )
  const person = await signedIn(issuer, 'register', ada)
  const images = () => exchange(`http://127.0.0.1:${service}`, 'GET', '/images', { headers: [person.bearer] })
  expect((await images()).status).toBe(200)
  expect((await exchange(`http://127.0.0.1:${service}`, 'GET', '/images', {})).headers['www-authenticate']).toBe(
    'Bearer',
  )
  await person.logout()
  await expect.poll(async () => (await images()).status, { timeout: 30_000 }).toBe(401)
  expect((await exchange(`http://127.0.0.1:${service}`, 'GET', '/healthz', {})).json).toMatchObject({ ok: true })
})
