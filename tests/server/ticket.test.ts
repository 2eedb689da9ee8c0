// Tickets: what the server gives, what a guard takes, and everything it does not. Over the server's own fetch and the four doors.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGuard, createRevocationView, guard as remoteGuard, type Guard } from '@hallpass/guard'
import { ticket as expressTicket } from '@hallpass/guard/express'
import { ticket as fastifyTicket } from '@hallpass/guard/fastify'
import { ticket as honoTicket } from '@hallpass/guard/hono'
import { ticket as nodeTicket } from '@hallpass/guard/node'
import { generateKeyPair, importJwks, sign } from '@hallpass/token'
import { outcome } from '../support/checked.ts'
import { AUDIENCE, startHttpIssuer } from '../support/http-issuer.ts'
import { open, ORIGIN, PASSWORD, type Device, type Opened } from '../support/in-process.ts'

const IMAGES = 'https://images.example.com'
const PATH = '/api/events'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-ticket-'))
let opened: Opened
let guard: Guard
let people = 0
beforeAll(async () => {
  opened = await open({ database: join(directory, 'hallpass.db'), audience: [IMAGES] })
  guard = opened.auth.guard
})
afterAll(async () => {
  await opened.auth.close()
  rmSync(directory, { recursive: true, force: true })
})

async function somebody(): Promise<Device> {
  people += 1
  const device = opened.device(`192.0.2.${people}`)
  expect((await device.post('register', { email: `ada${people}@example.com`, password: PASSWORD })).status).toBe(201)
  return device
}

const ask = (device: Device, body: unknown) => device.post('ticket', body, { authorization: `Bearer ${device.token}` })

async function ticketOf(device: Device, body: object = { path: PATH }): Promise<string> {
  const { status, json } = await ask(device, body)
  expect(status).toBe(200)
  return (json as { readonly ticket: string }).ticket
}

const at = (ticket: string, path = PATH): string => `${path}?ticket=${encodeURIComponent(ticket)}`
const check = async (address: string | undefined, service = guard): Promise<string> =>
  outcome(await service.checkTicket(address))
const REFUSED = '403 invalid_ticket'

/** The guard of another process of the same deployment. */
async function another(audience = ORIGIN): Promise<Guard> {
  const { now } = opened.clock
  const keys = await importJwks(await opened.auth.keys.jwks(), { algorithms: ['ES256'] })
  const revocations = createRevocationView({ now })
  return createGuard({ issuer: ORIGIN, audience, keys, algorithms: ['ES256'], revocations, now })
}

test('a ticket says who it is, opens its path, and opens it once', async () => {
  const device = await somebody()
  const { json } = await ask(device, { path: PATH })
  expect(json).toEqual({ ticket: expect.any(String) as string, expiresIn: 30 })
  const { ticket } = json as { readonly ticket: string }

  const checked = await guard.checkTicket(`${at(ticket)}&since=7`)
  expect(checked).toMatchObject({
    ok: true,
    auth: { sessionId: device.sessionId, claims: { path: PATH, aud: ORIGIN } },
  })
  expect(await check(at(ticket))).toBe(REFUSED)
  // The whole address is the same to it.
  expect(await check(ORIGIN + at(await ticketOf(device)))).toBe('ok')
  // Once in each process, as the documentation says.
  expect(await check(at(ticket), await another())).toBe('ok')
})

test('two requests at once with one ticket: one gets in, also where the guard answers by promise', async () => {
  const keys = await importJwks(await opened.auth.keys.jwks(), { algorithms: ['ES256'] })
  const { now } = opened.clock
  const slow = createGuard({
    issuer: ORIGIN,
    audience: ORIGIN,
    keys: { find: async (header) => keys.find(header) },
    algorithms: ['ES256'],
    revocations: createRevocationView({ now }),
    now,
  })
  const ticket = await ticketOf(await somebody())
  const came = await Promise.all([check(at(ticket), slow), check(at(ticket), slow), check(at(ticket), slow)])
  expect(came.toSorted()).toEqual([REFUSED, REFUSED, 'ok'])
})

test('no other path, and no other spelling of it', async () => {
  const device = await somebody()
  const others = [
    '/api/event',
    '/api/events/',
    '/api/events/1',
    '/API/events',
    '/api//events',
    '/api/%65vents',
    '/api/x/../events',
    '/',
    `//x${PATH}`,
  ]
  for (const path of others) expect([path, await check(at(await ticketOf(device), path))]).toEqual([path, REFUSED])
  // And none of these used it up.
  const ticket = await ticketOf(device)
  expect(await check(at(ticket, '/api/event'))).toBe(REFUSED)
  expect(await check(at(ticket))).toBe('ok')
})

test('no other service: each ticket is for one audience', async () => {
  const device = await somebody()
  const images = await another(IMAGES)
  const ours = await ticketOf(device)
  const theirs = await ticketOf(device, { path: PATH, audience: IMAGES })
  expect(await check(at(ours), images)).toBe(REFUSED)
  expect(await check(at(theirs))).toBe(REFUSED)
  expect(await check(at(theirs), images)).toBe('ok')
  expect((await ask(device, { path: PATH, audience: 'https://elsewhere.example.com' })).code).toBe('unknown_audience')
})

test('half a minute later it is over', async () => {
  const device = await somebody()
  const [soon, late] = [await ticketOf(device), await ticketOf(device)]
  opened.clock.advance(29_000)
  expect(await check(at(soon))).toBe('ok')
  opened.clock.advance(1000)
  expect(await check(at(late))).toBe(REFUSED)
  expect(await check(at(soon))).toBe(REFUSED)
})

test('after a sign-out it opens nothing, and no other one is given', async () => {
  const device = await somebody()
  const ticket = await ticketOf(device)
  expect((await device.post('logout')).status).toBe(204)
  expect(await check(at(ticket))).toBe(REFUSED)
  expect((await ask(device, { path: PATH })).code).toBe('invalid_token')
})

test('a session that ended where nobody has told of it yet gets none: the store is asked', async () => {
  const device = await somebody()
  const id = device.sessionId ?? ''
  const { DatabaseSync } = await import('node:sqlite')
  const behind = new DatabaseSync(join(directory, 'hallpass.db'))
  behind.prepare('UPDATE hallpass_sessions SET ended_at = ? WHERE id = ?').run(opened.clock.now(), id)
  behind.close()
  expect((await ask(device, { path: PATH })).code).toBe('session_ended')
})

test('a ticket is no access token, an access token is no ticket, and neither is one of another kind or key', async () => {
  const device = await somebody()
  const ticket = await ticketOf(device)
  expect(outcome(await guard.check(`Bearer ${ticket}`))).toBe('401 invalid_token')
  expect(await check(at(device.token ?? ''))).toBe(REFUSED)
  expect((await device.post('ticket', { path: PATH }, { authorization: `Bearer ${ticket}` })).code).toBe(
    'invalid_token',
  )

  const { privateKey } = await generateKeyPair('ES256')
  const claims = JSON.parse(Buffer.from(ticket.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  for (const type of ['ticket+jwt', 'at+jwt', 'JWT'])
    expect(await check(at(await sign(claims, privateKey, { type })))).toBe(REFUSED)
  expect(await check(at(`${ticket}x`))).toBe(REFUSED)
  expect(await check(at(ticket))).toBe('ok')
})

test('where there is no ticket, or there are two, nobody gets in', async () => {
  const device = await somebody()
  const [one, two] = [await ticketOf(device), await ticketOf(device)]
  for (const address of [
    undefined,
    '',
    PATH,
    `${PATH}?`,
    `${PATH}?ticket=`,
    `${PATH}?Ticket=${one}`,
    `${PATH}#ticket=${one}`,
    '*',
    'ticket',
    `?ticket=${one}`,
  ])
    expect([address, await check(address)]).toEqual([address, REFUSED])
  expect(await check(`${at(one)}&ticket=${two}`)).toBe(REFUSED)
  expect(await check(`${at(one)}&ticket=${one}`)).toBe(REFUSED)
  expect(await check(at(one))).toBe('ok')
})

test('a path that no browser would ask for as it is written is refused when the ticket is asked for', async () => {
  const device = await somebody()
  for (const path of ['api/events', '/a/../b', '/a?b', '/a#b', '/a b', '/ü', '\\a', '', 7, undefined])
    expect([path, (await ask(device, { path })).code]).toEqual([path, 'invalid_input'])
  expect((await device.post('ticket', { path: PATH }, { authorization: '' })).code).toBe('token_required')
})

test('the ticket carries what the access token said, under the names of its own', async () => {
  const claims = { role: 'editor', path: '/everywhere', sub: 'somebody-else' }
  const own = await open({ database: join(directory, 'own.db'), claims: () => claims })
  const device = own.device()
  await device.post('register', { email: 'ada@example.com', password: PASSWORD })
  const ticket = await ticketOf(device)
  const checked = await own.auth.guard.checkTicket(at(ticket))
  expect(checked).toMatchObject({ ok: true, auth: { claims: { role: 'editor', path: PATH, amr: ['pwd'] } } })
  expect(checked.ok && checked.auth.subject).not.toBe('somebody-else')
  await own.auth.close()
})

test('the guard of a service waits for its first list, refuses who signed out, and says when it does not know', async () => {
  const issuer = await startHttpIssuer()
  await issuer.addKey()
  const { now } = issuer.clock
  const service = remoteGuard({ issuer: issuer.issuer, audience: AUDIENCE, onStale: 'reject', now })
  const mint = (sid: string, seconds = 30) => {
    const claims = { path: PATH, exp: Math.floor(now() / 1000) + seconds }
    return issuer.mint({ type: 'ticket+jwt', sid, claims })
  }
  issuer.ended.push({ sid: 's-gone', until: Math.floor(now() / 1000) + 900 })
  expect(await check(at(await mint('s-gone')), service)).toBe(REFUSED)
  const ticket = await mint('s-1')
  expect(await check(at(ticket), service)).toBe('ok')
  expect(await check(at(ticket), service)).toBe(REFUSED)
  // No server of ours gives one for so long.
  expect(await check(at(await mint('s-1', 900)), service)).toBe(REFUSED)

  issuer.misbehave = { revocations: (_request, response) => response.destroy() }
  issuer.clock.at += 60_000
  expect(await check(at(await mint('s-1')), service)).toBe('503 revocations_stale')
  service.close()
  await issuer.close()
})

/** Starts a listener; how it answers a method and a path. */
async function listening(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    status: async (method: string, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`, { method })).status,
    close: () => server.close(),
  }
}

const doors: Readonly<Record<string, () => Promise<RequestListener>>> = {
  async express() {
    const app = express()
    // Mounted under a path, which the ticket has to name.
    app.use(
      '/api',
      express
        .Router()
        .all('/events', expressTicket(guard), (request, response) => void response.json(request.auth.subject)),
    )
    return app as RequestListener
  },
  async fastify() {
    const app = fastify()
    app.register(
      async (scope) => void scope.all('/events', { onRequest: fastifyTicket(guard) }, ({ auth }) => auth.subject),
      { prefix: '/api' },
    )
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  async hono() {
    const app = new Hono().all('/api/events', honoTicket(guard), (c) => c.json(c.get('auth').subject))
    return (request, response) => {
      const answer = async () => {
        const { status } = await app.request(`http://localhost${request.url}`, { method: request.method ?? 'GET' })
        response.writeHead(status).end()
      }
      void answer()
    }
  },
  node: async () => nodeTicket(guard, ({ auth }, response) => response.end(auth.subject)),
}

test.each(Object.entries(doors))(
  'the door of %s lets a GET with a good ticket in, once, and nothing else',
  async (_, make) => {
    const device = await somebody()
    const { status, close } = await listening(await make())
    const ticket = await ticketOf(device)
    expect(await status('POST', at(ticket))).toBe(403)
    expect(await status('GET', PATH)).toBe(403)
    expect(await status('GET', at(device.token ?? ''))).toBe(403)
    expect(await status('GET', at(ticket))).toBe(200)
    expect(await status('GET', at(ticket))).toBe(403)
    close()
  },
)
