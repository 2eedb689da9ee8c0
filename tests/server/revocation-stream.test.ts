// The stream of sign-outs, from a real server to real guards over real sockets: what it brings, what it survives, and how it ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { guard, type Guard, type RemoteGuardOptions } from '@hallpass/guard'
import { check } from '../support/checked.ts'
import { startBalancer } from '../support/balancer.ts'
import { cookiePairs } from '../support/http-exchange.ts'
import { startRealServer, type RealServer } from '../support/real-server.ts'
import { waitFor } from '../support/wait-for.ts'

const toClose: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close()
})

async function server(options: { readonly issuer?: string } = {}): Promise<RealServer> {
  const one = await startRealServer({ checkPassword: (email) => ({ id: email }), ...options })
  toClose.push(() => one.close())
  return one
}

function service({ issuer, now }: RealServer, options: Partial<RemoteGuardOptions> = {}): Guard {
  const one = guard({ issuer, audience: issuer, now, ...options })
  toClose.push(() => one.close())
  return one
}

async function signIn(at: RealServer, login = 'ada') {
  const answer = await at.ask('POST', 'login', { json: { email: login, password: 'x' } })
  const cookie = cookiePairs(answer).join('; ')
  return {
    token: String(answer.json['accessToken']),
    signOut: () => at.ask('POST', 'logout', { headers: [['Cookie', cookie]] }),
  }
}

const live = (one: Guard) => waitFor(() => one.health().revocations.live)

interface Reading {
  readonly events: () => readonly {
    readonly name: string
    readonly data: Record<string, unknown>
    readonly id: string
  }[]
  readonly response: IncomingMessage
  readonly ended: () => boolean
}

/** Reads the stream as a service of another make would. */
async function readStream(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Reading> {
  const request = get(`${address}/api/auth/revocations`, { headers: { accept: 'text/event-stream', ...headers } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  let ended = false
  response.on('data', (chunk: Buffer) => (text += chunk.toString()))
  response.on('end', () => (ended = true))
  response.on('error', () => undefined)
  toClose.push(() => void response.destroy())
  const events = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .map((block) => {
        const [, name = '', data = '', id = ''] = /^event: (.+)\ndata: (.+)(?:\nid: (\d+))?$/.exec(block) ?? []
        return { name, data: JSON.parse(data) as Record<string, unknown>, id }
      })
  return { events, response, ended: () => ended }
}

test('a sign-out is felt by every guard that holds the stream, and no poll brings it', async () => {
  const issuer = await server()
  const guards = Array.from({ length: 5 }, () => service(issuer))
  const [one, other] = [await signIn(issuer), await signIn(issuer, 'grace')]
  for (const each of guards) expect(await check(each, one.token)).toBe('ok')
  await Promise.all(guards.map(live))
  const before = guards.map((each) => each.health().revocations.fetchedAt)
  expect((await one.signOut()).status).toBe(204)
  for (const each of guards) await waitFor(async () => (await check(each, one.token)) === '401 invalid_token')
  for (const each of guards) expect(await check(each, other.token)).toBe('ok')
  // A poll would have moved it; between two heartbeats nothing else does.
  expect(guards.some((each, index) => each.health().revocations.fetchedAt === before[index])).toBe(true)
})

test('what is on the wire: the whole list, what is added, a heartbeat whose digest and age are true', async () => {
  const issuer = await server()
  const first = await signIn(issuer)
  await first.signOut()
  const { events, response } = await readStream(issuer.address)
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  expect(response.headers.vary).toMatch(/\bAccept\b/)
  await waitFor(() => events().length > 0)
  const [snapshot] = events()
  expect(snapshot).toMatchObject({ name: 'snapshot', data: { revocations: [{ sid: expect.any(String) }] } })
  await (await signIn(issuer)).signOut()
  await waitFor(() => events().length > 1)
  expect(events()[1]).toMatchObject({
    name: 'ended',
    data: { revocations: [{ sid: expect.any(String), until: expect.any(Number) }] },
  })
  await waitFor(() => events().some(({ name }) => name === 'heartbeat'))
  expect(events().find(({ name }) => name === 'heartbeat')?.data).toEqual({
    from: expect.any(Number),
    digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    age: 0,
    keys: snapshot?.data['keys'],
  })

  const polled = await issuer.ask('GET', 'revocations')
  expect(polled.json).toEqual({ revocations: [expect.anything(), expect.anything()], keys: snapshot?.data['keys'] })
  expect(
    (await issuer.ask('GET', 'revocations', { headers: [['If-None-Match', polled.headers['etag'] ?? '']] })).status,
  ).toBe(304)
  expect((await issuer.ask('HEAD', 'revocations', { headers: [['Accept', 'text/event-stream']] })).status).toBe(200)
})

test('who comes again and says where it was is sent what it missed, and the sum of all; anybody else the whole list', async () => {
  const issuer = await server()
  for (const name of ['ada', 'grace', 'edith']) await (await signIn(issuer, name)).signOut()
  // Older than the overlap of ten seconds.
  issuer.advance(60_000)
  const first = await readStream(issuer.address)
  await waitFor(() => first.events().length > 0)
  const place = first.events()[0]?.id ?? ''
  expect(place).toMatch(/^\d+$/)
  first.response.destroy()
  await (await signIn(issuer)).signOut()

  const begins = async (lastEventId: string) => {
    const { events } = await readStream(issuer.address, { 'last-event-id': lastEventId })
    await waitFor(() => events().length > 0)
    return events().map(({ name, data }) => `${name} ${(data['revocations'] as unknown[] | undefined)?.length ?? ''}`)
  }
  expect(await begins(place)).toEqual(['ended 1', 'heartbeat '])
  // Too long ago, not yet, and nothing that it ever said.
  for (const other of [String(Number(place) - 301), String(Number(place) + 3_600), '-1', '1e9', 'x', '9'.repeat(13)])
    expect(await begins(other)).toEqual(['snapshot 4'])
})

test('a server that lets go ends its streams, opens no more, and answers everything else', async () => {
  const issuer = await server()
  const { ended } = await readStream(issuer.address)
  const one = service(issuer)
  const { token, signOut } = await signIn(issuer)
  expect(await check(one, token)).toBe('ok')
  await live(one)
  issuer.auth.drain()
  await waitFor(ended)
  await waitFor(() => !one.health().revocations.live)
  expect((await issuer.ask('GET', 'revocations', { headers: [['Accept', 'text/event-stream']] })).status).toBe(503)
  // By asking again, as long as this node answers.
  await signOut()
  await waitFor(async () => (await check(one, token)) === '401 invalid_token')
})

test('a compromised key is dropped by every service as it is withdrawn, and the next one is known', async () => {
  const issuer = await server()
  const one = service(issuer)
  const old = await signIn(issuer)
  expect(await check(one, old.token)).toBe('ok')
  await live(one)
  const [key] = await issuer.auth.keys.list()
  expect(await issuer.auth.keys.revoke(key?.kid ?? '')).toBe(true)
  const next = await signIn(issuer)
  await waitFor(async () => (await check(one, old.token)) !== 'ok')
  expect(await check(one, next.token)).toBe('ok')
  // A name that is not on the list may be one that was made since, so it is 503 until the list may be asked for again.
  await waitFor(async () => (await check(one, old.token)) === '401 invalid_token')
})

describe('on a line that can be held, cut and robbed', () => {
  async function behind() {
    const line = await startBalancer()
    toClose.push(() => line.close())
    // The issuer is where the line begins, as with any proxy.
    const issuer = await server({ issuer: line.url })
    line.targets = [Number(new URL(issuer.address).port)]
    return { line, issuer }
  }

  test('while there is no stream the list is polled, and the stream comes back by itself', async () => {
    const { line, issuer } = await behind()
    const one = service(issuer)
    const [first, second] = [await signIn(issuer), await signIn(issuer)]
    expect(await check(one, first.token)).toBe('ok')
    await live(one)
    line.alter = (chunk) =>
      chunk.includes('text/event-stream') ? Buffer.from('HTTP/1.1 502 x\r\ncontent-length: 0\r\n\r\n') : chunk
    line.cut()
    await waitFor(() => !one.health().revocations.live)
    await first.signOut()
    await waitFor(async () => (await check(one, first.token)) === '401 invalid_token')
    expect(one.health().revocations.live).toBe(false)
    line.alter = (chunk) => chunk
    await live(one)
    await second.signOut()
    await waitFor(async () => (await check(one, second.token)) === '401 invalid_token')
  })

  test('an addition that was lost on the way is seen by the digest, and the whole list closes the gap', async () => {
    const { line, issuer } = await behind()
    const one = service(issuer)
    const { token, signOut } = await signIn(issuer)
    expect(await check(one, token)).toBe('ok')
    await live(one)
    let robbed = 0
    line.alter = (chunk) => {
      if (!chunk.includes('event: ended')) return chunk
      robbed++
      // The chunk's length stays true: what was in it is a comment now.
      return Buffer.from(
        chunk.toString('latin1').replace(/event: ended\ndata: [^\n]+/, (text) => ':'.padEnd(text.length)),
        'latin1',
      )
    }
    await signOut()
    await waitFor(async () => (await check(one, token)) === '401 invalid_token')
    expect(robbed).toBe(1)
    expect(one.health().revocations).toMatchObject({ live: true, failure: null })
  })

  /** How often the whole list came over the line, by asking and with a stream, and how many entries came as additions. */
  function counting(line: Awaited<ReturnType<typeof startBalancer>>) {
    const came = { polled: 0, streamed: 0, added: 0 }
    line.alter = (chunk) => {
      const text = chunk.toString('latin1')
      came.streamed += text.split('event: snapshot').length - 1
      if (text.includes('"revocations":[{') && !text.includes('event: ')) came.polled++
      for (const [, data = ''] of text.matchAll(/event: ended\ndata: (.+)/g))
        came.added += data.split('"sid"').length - 1
      return chunk
    }
    return came
  }

  test('a stream that broke after it was held comes back with what was missed: the whole list is not fetched again', async () => {
    const { line, issuer } = await behind()
    const gone = await Promise.all(Array.from({ length: 20 }, (_, index) => signIn(issuer, `early-${index}`)))
    for (const { signOut } of gone) await signOut()
    issuer.advance(60_000)
    const came = counting(line)
    const one = service(issuer)
    const { token, signOut } = await signIn(issuer)
    expect(await check(one, token)).toBe('ok')
    await live(one)
    /** A second is long enough for one that was held. */
    const held = async () => {
      await live(one)
      await sleep(1_500)
    }
    await held()
    expect(came).toEqual({ polled: 1, streamed: 1, added: 0 })
    line.refused = true
    line.cut()
    await signOut()
    line.refused = false
    await waitFor(async () => (await check(one, token)) === '401 invalid_token')
    await live(one)
    for (const { token: early } of gone) expect(await check(one, early)).toBe('401 invalid_token')
    expect(came).toEqual({ polled: 1, streamed: 1, added: 1 })

    // And when what was missed does not come: the sum says so, and the whole list closes the gap.
    const next = await signIn(issuer)
    await held()
    const { alter } = line
    const nothing = 'event: ended\ndata: {"revocations":[]}'
    line.alter = (chunk) =>
      Buffer.from(
        alter(chunk)
          .toString('latin1')
          .replaceAll(/event: ended\ndata: .+/g, (text) => nothing.padEnd(text.length)),
        'latin1',
      )
    line.refused = true
    line.cut()
    await next.signOut()
    line.refused = false
    await waitFor(async () => (await check(one, next.token)) === '401 invalid_token')
    expect(came).toMatchObject({ polled: 2, streamed: 1 })
    expect(one.health().revocations.failure).toBeNull()
  })

  test('a stream that falls silent is left, and freshness ends with it: a guard set to reject lets nobody in', async () => {
    const { line, issuer } = await behind()
    const one = service(issuer, { onStale: 'reject', maxStaleness: 8 })
    const { token } = await signIn(issuer)
    expect(await check(one, token)).toBe('ok')
    await live(one)
    line.held = true
    await waitFor(async () => (await check(one, token)) === '503 revocations_stale')
    await waitFor(() => !one.health().revocations.live)
    line.held = false
    line.cut()
    await waitFor(async () => (await check(one, token)) === 'ok')
    expect(one.health().ok).toBe(true)
  })
})

test('a process that forgets to close its guard ends all the same, with the stream open', async () => {
  const issuer = await server()
  const program = `import { guard } from '@hallpass/guard'
    const one = guard({ issuer: '${issuer.issuer}', audience: '${issuer.issuer}' })
    await one.check('Bearer x')
    const look = setInterval(() => {
      if (!one.health().revocations.live) return
      process.stdout.write('live')
      clearInterval(look)
    }, 20)`
  const here = fileURLToPath(new URL('.', import.meta.url))
  const child = spawn(process.execPath, ['-C', '@hallpass/source', '--input-type=module', '-e', program], { cwd: here })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'exit')) as [number | null]
  expect([code, output]).toEqual([0, 'live'])
})
