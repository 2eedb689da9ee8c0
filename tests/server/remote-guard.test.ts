// The guard of a service against an issuer on a real socket: what it fetches, how often, and what it makes of what it is given.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guard, type Guard, type RemoteGuardOptions } from '@hallpass/guard'
import { check } from '../support/checked.ts'
import { AUDIENCE, startHttpIssuer, type HttpIssuer } from '../support/http-issuer.ts'
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

/** The key set as it is now. */
async function published(): Promise<{ readonly etag: string; readonly body: string }> {
  const answer = await fetch(`${issuer.issuer}/api/auth/jwks`)
  return { etag: answer.headers.get('etag') ?? '', body: await answer.text() }
}

describe('keys', () => {
  test('a thousand requests cost the issuer one fetch of its keys, and each is answered at once', async () => {
    const service = start()
    const token = await issuer.mint()
    expect(await check(service, token)).toBe('ok')
    for (let index = 0; index < 1_000; index++) {
      const checked = service.check(`Bearer ${token}`)
      expect(checked).not.toBeInstanceOf(Promise)
    }
    expect(issuer.count('jwks')).toBe(1)
  })

  test('fifty requests before the first answer share one fetch', async () => {
    const service = start()
    const token = await issuer.mint()
    const all = await Promise.all(Array.from({ length: 50 }, () => check(service, token)))
    expect(new Set(all)).toEqual(new Set(['ok']))
    expect(issuer.count('jwks')).toBe(1)
  })

  test('who it is comes out typed, with the claims the issuer added', async () => {
    const service = start()
    const token = await issuer.mint({ sid: 's-1', claims: { sub: 'u-1', role: 'editor' } })
    const checked = await service.check(`Bearer ${token}`)
    expect(checked).toMatchObject({
      ok: true,
      auth: { subject: 'u-1', sessionId: 's-1', claims: { iss: issuer.issuer, role: 'editor', amr: ['pwd'] } },
    })
  })

  test('a key that turns up later is fetched when its name is seen, once the cool-down is over', async () => {
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('ok')
    await issuer.addKey()
    const token = await issuer.mint()
    // Called invalid, the client would throw a good token away: so it is asked to come again.
    expect(await check(service, token)).toBe('503 keys_unavailable')
    expect(issuer.count('jwks')).toBe(1)
    issuer.clock.at += 5_000
    expect(await check(service, token)).toBe('ok')
    expect(issuer.count('jwks')).toBe(2)
  })

  test('KEY-06: a flood of a thousand unknown names costs one fetch a cool-down, and harms nobody with a known key', async () => {
    const service = start()
    const good = await issuer.mint()
    expect(await check(service, good)).toBe('ok')
    const tokens: string[] = []
    for (let index = 0; index < 1_000; index++) tokens.push(renamed(await issuer.mint(), `name-${index}`))
    for (const period of [1, 2, 3]) {
      issuer.clock.at += 5_000
      const outcomes = await Promise.all(tokens.map((token) => check(service, token)))
      expect(new Set(outcomes)).toEqual(new Set(['401 invalid_token']))
      expect(new Set(await Promise.all(tokens.map((token) => check(service, token))))).toEqual(
        new Set(['503 keys_unavailable']),
      )
      expect(await check(service, good)).toBe('ok')
      expect(issuer.count('jwks')).toBe(1 + period)
    }
  })

  test('a token without a key name, or under an algorithm that is not allowed, costs no fetch', async () => {
    // With two keys of one algorithm a nameless token fits neither; with one it would.
    await issuer.addKey('ES256')
    const service = start({ algorithms: ['ES256'] })
    expect(await check(service, await issuer.mint())).toBe('ok')
    const nameless = renamed(await issuer.mint(), undefined)
    await issuer.addKey('ES384')
    const other = await issuer.mint()
    issuer.clock.at += 60_000
    expect(await check(service, nameless)).toBe('401 invalid_token')
    expect(await check(service, other)).toBe('401 invalid_token')
    expect(issuer.count('jwks')).toBe(1)
  })

  test('KEY-18: a key taken back by the issuer is refused ten minutes later, without a request to remind of it', async () => {
    const service = start()
    const token = await issuer.mint({ claims: { exp: Math.floor(issuer.clock.at / 1000) + 3_600 } })
    expect(await check(service, token)).toBe('ok')
    await issuer.addKey()
    issuer.removeKey(kidOf(token))
    issuer.clock.at += 590_000
    await issuer.polled()
    expect(await check(service, token)).toBe('ok')
    issuer.clock.at += 10_001
    await waitFor(() => service.health().keys.fetchedAt === issuer.clock.at)
    issuer.clock.at += 5_000
    expect(await check(service, token)).toBe('401 invalid_token')
  })

  test('KEY-18: a withdrawn key is gone although the node that was asked first had not heard of it yet', async () => {
    const { etag, body } = await published()
    issuer.keysTag = () => etag
    const service = start()
    const token = await issuer.mint()
    expect(await check(service, token)).toBe('ok')

    const { kid } = await issuer.addKey()
    issuer.removeKey(kidOf(token))
    const next = await published()
    // One node names the new set, another one answers with the old.
    issuer.misbehave.jwks = (_, response) =>
      response.writeHead(200, { etag, 'content-type': 'application/json' }).end(body)
    issuer.keysTag = () => next.etag
    const before = issuer.count('jwks')
    await waitFor(() => issuer.count('jwks') > before)
    issuer.misbehave.jwks = undefined
    expect(await check(service, token)).toBe('ok')
    // Not asked again before the cool-down is over; then, and not in ten minutes.
    issuer.clock.at += 5_001
    await waitFor(() => issuer.count('jwks') > before + 1)
    await waitFor(async () => (await check(service, token)) !== 'ok')
    expect(await check(service, await issuer.mint({ kid }))).toBe('ok')
    // Once it has what is spoken of, it asks no more.
    const asked = issuer.count('jwks')
    issuer.clock.at += 5_001
    await issuer.polled()
    expect(issuer.count('jwks')).toBe(asked)
  })

  test('an unchanged document is not sent again', async () => {
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('ok')
    issuer.clock.at += 600_001
    await waitFor(() => issuer.count('jwks', 304) === 1)
    expect(await check(service, await issuer.mint())).toBe('ok')
    expect(issuer.count('jwks', 200)).toBe(1)
  })

  test('while the issuer is away its keys serve for a day and no longer', async () => {
    const service = start()
    const token = await issuer.mint()
    expect(await check(service, token)).toBe('ok')
    issuer.misbehave.jwks = (_, response) => response.destroy()
    issuer.clock.at += 86_400_000
    expect(await check(service, await issuer.mint())).toBe('ok')
    expect(service.health().ok).toBe(false)
    issuer.clock.at += 1_000
    expect(await check(service, await issuer.mint())).toBe('503 keys_unavailable')
    delete issuer.misbehave.jwks
    issuer.clock.at += 5_000
    expect(await check(service, await issuer.mint())).toBe('ok')
  })

  test('KEY-17: no token chooses where keys come from', async () => {
    const stranger = await startHttpIssuer()
    await stranger.addKey()
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('ok')
    issuer.clock.at += 5_000
    expect(await check(service, await stranger.mint())).toBe('401 invalid_token')
    expect(stranger.asked).toEqual([])
    await stranger.close()
  })

  test('KEY-16: the keys of one issuer check no token of another, in one process', async () => {
    const other = await startHttpIssuer()
    await other.addKey()
    const service = start()
    const second = guard({ issuer: other.issuer, audience: AUDIENCE, now: issuer.clock.now })
    guards.push(second)
    expect(await check(service, await issuer.mint())).toBe('ok')
    expect(await check(second, await other.mint())).toBe('ok')
    other.clock.at = issuer.clock.at += 5_000
    const forged = await issuer.mint({ claims: { iss: other.issuer } })
    expect(await check(second, forged)).toBe('401 invalid_token')
    expect(await check(service, forged)).toBe('401 invalid_token')
    await other.close()
  })
})

describe('what a token must say', () => {
  const seconds = () => Math.floor(issuer.clock.at / 1000)
  test.each<[string, () => Parameters<HttpIssuer['mint']>[0]]>([
    ['another issuer', () => ({ claims: { iss: 'https://example.com' } })],
    ['another audience', () => ({ audience: 'https://images.example.com' })],
    ['another type', () => ({ type: 'rt+jwt' })],
    ['no type of ours', () => ({ type: 'JWT' })],
    ['expired', () => ({ claims: { exp: seconds() - 6 } })],
    ['not yet valid', () => ({ claims: { nbf: seconds() + 6 } })],
    ['living for longer than an ended session is remembered', () => ({ claims: { exp: seconds() + 86_400 + 60 } })],
    ['no subject', () => ({ claims: { sub: undefined } })],
    ['an empty subject', () => ({ claims: { sub: '' } })],
    ['no session', () => ({ claims: { sid: undefined } })],
    ['a session that is a number', () => ({ claims: { sid: 7 } })],
    ['no id', () => ({ claims: { jti: undefined } })],
    ['no time of issue', () => ({ claims: { iat: undefined } })],
    ['no way it was signed in', () => ({ claims: { amr: undefined } })],
    ['ways that are no list', () => ({ claims: { amr: 'pwd' } })],
    ['no time of sign-in', () => ({ claims: { auth_time: undefined } })],
    ['bound to a key', () => ({ claims: { cnf: { jkt: 'x' } } })],
  ])('%s is refused', async (_, options) => {
    const service = start()
    expect(await check(service, await issuer.mint())).toBe('ok')
    expect(await check(service, await issuer.mint(options()))).toBe('401 invalid_token')
  })

  test('one of several audiences will do, on either side', async () => {
    const service = start({ audience: [AUDIENCE, 'https://images.example.com'] })
    for (const audience of [['https://billing.example.com', AUDIENCE], 'https://images.example.com'])
      expect(await check(service, await issuer.mint({ audience }))).toBe('ok')
    expect(await check(service, await issuer.mint({ audience: 'https://billing.example.com' }))).toBe(
      '401 invalid_token',
    )
  })
})

test.each<[string, Record<string, unknown>]>([
  ['an option nobody knows', { audiences: 'x' }],
  ['no audience', { audience: undefined }],
  ['an empty audience', { audience: [] }],
  ['a stale list after no time at all', { maxStaleness: 0 }],
  ['a word for onStale', { onStale: 'ignore' }],
  ['a secret algorithm', { algorithms: ['HS256'] }],
  ['no algorithm', { algorithms: [] }],
  ['plain http', { issuer: 'http://example.com' }],
])('%s is a mistake that shows at the start', (_, options) => {
  expect(() => start(options)).toThrow(TypeError)
})

/** The same token under another key name; its signature no longer fits, which nobody can see without a key. */
function renamed(token: string, kid: string | undefined): string {
  const [header = '', ...rest] = token.split('.')
  const members = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>
  return [Buffer.from(JSON.stringify({ ...members, kid })).toString('base64url'), ...rest].join('.')
}

function kidOf(token: string): string {
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
  return header.kid
}
