// A guard whose issuer misbehaves, and the list of sign-outs that it polls: every fault fails closed, in bounded time and memory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guard, type Guard, type RemoteGuardOptions } from '@hallpass/guard'
import { check, outcome } from '../support/checked.ts'
import { AUDIENCE, startHttpIssuer, type HttpIssuer } from '../support/http-issuer.ts'
import { selfSigned } from '../support/self-signed.ts'
import { waitFor } from '../support/wait-for.ts'

let issuer: HttpIssuer
const guards: Guard[] = []

beforeEach(async () => {
  issuer = await startHttpIssuer()
  await issuer.addKey()
})
afterEach(async () => {
  for (const one of guards.splice(0)) one.close()
  await issuer.close()
})

function start(options: Partial<RemoteGuardOptions> = {}): Guard {
  const one = guard({ issuer: issuer.issuer, audience: AUDIENCE, now: issuer.clock.now, ...options })
  guards.push(one)
  return one
}

const seconds = () => Math.floor(issuer.clock.at / 1000)

describe('KEY-15: keys that are not served as they should be are not used, and what is wrong shows in health', () => {
  let sent = 0
  const faults: Record<string, NonNullable<HttpIssuer['misbehave']['jwks']>> = {
    status: (_, response) => response.writeHead(500, { 'content-type': 'application/json' }).end('{"keys":[]}'),
    not_json: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Sign in</title>'),
    not_believable: (_, response) => response.writeHead(200).end('{"keys":"none"}'),
    network: (_, response) => response.destroy(),
    too_large: (_, response) => {
      // Without an end: whoever waits for one has no bound.
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":[')
      const more = setInterval(() => {
        const chunk = `${' '.repeat(16_384)}\n`
        if (response.destroyed) clearInterval(more)
        else if (response.write(chunk)) sent += chunk.length
      }, 1)
    },
    timeout: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => (response.destroyed ? clearInterval(drip) : response.write(' ')), 100)
    },
  }

  test.each(Object.entries(faults))('%s', async (reason, fault) => {
    issuer.misbehave.jwks = fault
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('503 keys_unavailable')
    expect(service.health()).toMatchObject({ ok: false, keys: { fetchedAt: null, stale: true, failure: reason } })
    expect(sent).toBeLessThan(5_000_000)
    delete issuer.misbehave.jwks
    issuer.clock.at += 5_000
    expect(await check(service, await issuer.mint())).toBe('ok')
    expect(service.health()).toMatchObject({ ok: true, keys: { stale: false, failure: null } })
  })

  test('redirect: not followed, not even to the same keys', async () => {
    const elsewhere = await startHttpIssuer()
    issuer.misbehave.jwks = (_, response) =>
      response.writeHead(302, { location: `${elsewhere.issuer}/api/auth/jwks` }).end()
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('503 keys_unavailable')
    expect(service.health().keys.failure).toBe('redirect')
    expect(elsewhere.asked).toEqual([])
    await elsewhere.close()
  })

  test('ten thousand keys', async () => {
    const [one] = await publishedKeys()
    issuer.extraKeys.push(...Array.from({ length: 10_000 }, (_, index) => ({ ...one, kid: `key-${index}` })))
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('503 keys_unavailable')
    expect(service.health().keys.failure).toBe('too_large')
  })

  test('a certificate nobody vouches for', async () => {
    let asked = 0
    const server = createServer(selfSigned(['localhost']), (_request, response) => {
      asked++
      response.end('{"keys":[]}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    const port = typeof bound === 'object' ? bound?.port : undefined
    const service = start({ issuer: `https://localhost:${port}` })
    expect(await check(service, await issuer.mint())).toBe('503 keys_unavailable')
    expect(service.health().keys.failure).toBe('network')
    expect(asked).toBe(0)
    server.close()
  })
})

describe('KEY-14: an issuer that publishes what must stay secret is not believed', () => {
  test.each([
    ['a private member', async () => ({ ...(await publishedKeys())[0], kid: 'lost', d: 'AAAA' })],
    ['a secret among public keys', async () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 'secret', alg: 'HS256' })],
    ['two keys of one name', async () => ({ ...(await publishedKeys())[0] })],
  ])('%s', async (_, key) => {
    const service = start()
    const token = await issuer.mint()
    expect(await check(service, token)).toBe('ok')
    issuer.extraKeys.push(await key())
    issuer.clock.at += 600_001
    await waitFor(() => service.health().keys.failure === 'not_believable')
    // The keys that were believed go on serving.
    expect(await check(service, await issuer.mint())).toBe('ok')
    // One that starts now has none.
    expect(await check(start(), await issuer.mint())).toBe('503 keys_unavailable')
  })

  test('an empty list signs nobody out', async () => {
    const service = start()
    const token = await issuer.mint()
    expect(await check(service, token)).toBe('ok')
    issuer.misbehave.jwks = (_, response) => response.writeHead(200).end('{"keys":[]}')
    issuer.clock.at += 600_001
    await waitFor(() => service.health().keys.failure === 'not_believable')
    expect(await check(service, await issuer.mint())).toBe('ok')
  })
})

describe('sign-outs', () => {
  test('a sign-out is felt by the next poll, and only by tokens of that session', async () => {
    const service = start()
    const [ended, other] = [await issuer.mint({ sid: 'ended' }), await issuer.mint({ sid: 'other' })]
    expect(await check(service, ended)).toBe('ok')
    issuer.ended.push({ sid: 'ended', until: seconds() + 900 })
    await issuer.polled()
    expect(await check(service, ended)).toBe('401 invalid_token')
    expect(await check(service, other)).toBe('ok')
    expect(service.health().revocations.count).toBe(1)
  })

  test('an ended session stays ended when the issuer forgets it, or an older list is served', async () => {
    const service = start()
    const token = await issuer.mint({ sid: 'ended' })
    issuer.ended.push({ sid: 'ended', until: seconds() + 900 })
    expect(await check(service, token)).toBe('401 invalid_token')
    issuer.ended.length = 0
    await issuer.polled()
    expect(await check(service, token)).toBe('401 invalid_token')
  })

  test('a list that did not change is not sent again', async () => {
    issuer.ended.push({ sid: 'ended', until: seconds() + 900 })
    start()
    await waitFor(() => issuer.count('revocations', 304) >= 2)
    expect(issuer.count('revocations', 200)).toBe(1)
  })

  test('a service that has just started lets nobody in before it has asked who signed out', async () => {
    issuer.ended.push({ sid: 'ended', until: seconds() + 900 })
    let release: (() => void) | undefined
    issuer.misbehave.revocations = (_, response) => {
      release = () => response.writeHead(200).end(JSON.stringify({ revocations: issuer.ended }))
    }
    const service = start()
    let answered: string | undefined
    const checked = check(service, await issuer.mint({ sid: 'ended' })).then((outcome) => (answered = outcome))
    await waitFor(() => release !== undefined && service.health().keys.fetchedAt !== null)
    await sleep(100)
    expect(answered).toBeUndefined()
    release?.()
    expect(await checked).toBe('401 invalid_token')
  })

  describe.each(['accept', 'reject'] as const)('while the list cannot be had, onStale: %s', (onStale) => {
    const stale = onStale === 'accept' ? 'ok' : '503 revocations_stale'

    test('half a minute is nothing, more is stale until the issuer is back', async () => {
      const service = start({ onStale })
      expect(await check(service, await issuer.mint())).toBe('ok')
      issuer.misbehave.revocations = (_, response) => response.destroy()
      await issuer.polled()
      issuer.clock.at = (service.health().revocations.fetchedAt ?? 0) + 30_000
      expect(await check(service, await issuer.mint())).toBe('ok')
      expect(service.health()).toMatchObject({ ok: true, revocations: { stale: false, failure: 'network' } })
      issuer.clock.at += 1
      expect(await check(service, await issuer.mint())).toBe(stale)
      expect(service.health()).toMatchObject({ ok: false, revocations: { stale: true } })
      delete issuer.misbehave.revocations
      await waitFor(() => service.health().ok)
      expect(await check(service, await issuer.mint())).toBe('ok')
    })

    test('no first list is the same as a stale one', async () => {
      issuer.misbehave.revocations = (_, response) => response.writeHead(503).end()
      const service = start({ onStale })
      expect(await check(service, await issuer.mint())).toBe(stale)
      expect(service.health().revocations).toMatchObject({ fetchedAt: null, stale: true, failure: 'status' })
    })

    test('an invalid token is invalid, stale or not', async () => {
      issuer.misbehave.revocations = (_, response) => response.writeHead(503).end()
      const service = start({ onStale })
      expect(await check(service, `${await issuer.mint()}x`)).toBe('401 invalid_token')
      expect(outcome(await service.check(undefined))).toBe('401 token_required')
    })
  })

  test.each<[string, unknown]>([
    ['milliseconds', Date.now() + 900_000],
    ['text', '1800000000'],
    ['nothing', null],
  ])('an entry until %s makes the list one that was not received; the others on it count', async (_, until) => {
    issuer.ended.push({ sid: 'odd', until }, { sid: 'ended', until: seconds() + 900 })
    const service = start({ onStale: 'reject' })
    expect(await check(service, await issuer.mint({ sid: 'other' }))).toBe('503 revocations_stale')
    expect(await check(service, await issuer.mint({ sid: 'ended' }))).toBe('401 invalid_token')
    expect(service.health().revocations).toMatchObject({ failure: 'not_believable', count: 1 })
    // And it is asked for again, in full.
    await issuer.polled()
    expect(issuer.count('revocations', 304)).toBe(0)
  })
})

test('a closed guard asks for nothing more', async () => {
  const service = start()
  expect(await check(service, await issuer.mint())).toBe('ok')
  service.close()
  await sleep(100)
  const before = issuer.asked.length
  await sleep(2_500)
  expect(issuer.asked).toHaveLength(before)
})

test('a guard does not keep a process alive', async () => {
  const program = `import { guard } from '@hallpass/guard'
    const one = guard({ issuer: '${issuer.issuer}', audience: '${AUDIENCE}' })
    await one.check('Bearer x')
    process.stdout.write(one.health().ok ? 'fetched' : 'not yet')`
  const here = fileURLToPath(new URL('.', import.meta.url))
  const child = spawn(process.execPath, ['-C', '@hallpass/source', '--input-type=module', '-e', program], { cwd: here })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(0)
  expect(output).not.toBe('')
  expect(issuer.count('jwks')).toBe(1)
})

async function publishedKeys(): Promise<readonly Record<string, unknown>[]> {
  const response = await fetch(`${issuer.issuer}/api/auth/jwks`)
  const { keys } = (await response.json()) as { keys: Record<string, unknown>[] }
  issuer.asked.pop()
  return keys
}
