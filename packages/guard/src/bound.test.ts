// Tokens that are bound to a key, over a real guard: what lets one in, what each other combination is told, and what it costs to fill the
// memory of proofs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createKeySet, createProof, generateKeyPair, sign, type ProofContents } from '@hallpass/token'
import { expect, test } from 'vitest'
import { createGuard, type Checked, type CheckResult } from './guard.ts'
import { createNonces } from './nonces.ts'
import { createProofs, type ProofOptions } from './proofs.ts'
import { createReplayMemory, type ReplayStore } from './replays.ts'
import { createRevocationView } from './revocation-view.ts'

const ORIGIN = 'https://api.example'
const START = 1_800_000_000_000
const issuerKeys = await generateKeyPair('ES256')
const ada = await generateKeyPair('ES256')
const mallory = await generateKeyPair('ES256')

/** A guard, a clock that stands, and a client that makes proofs for `GET /orders/7`. */
async function open(options: Partial<ProofOptions> = {}, startedAt = START) {
  let at = startedAt
  const now = () => at
  const revocations = createRevocationView({ now })
  const heard: CheckResult[] = []
  const guard = createGuard({
    issuer: 'https://issuer.example',
    audience: 'api',
    keys: createKeySet([issuerKeys.publicKey]),
    algorithms: ['ES256'],
    revocations,
    proofs: createProofs({ origin: ORIGIN, now, ...options }),
    now,
    onChecked: (result) => heard.push(result),
  })
  const mint = (claims: object = { cnf: { jkt: ada.publicKey.kid } }) => {
    const iat = Math.floor(now() / 1000)
    const own = { iss: 'https://issuer.example', aud: 'api', sub: 'ada', sid: 's1', jti: 'j', iat, exp: iat + 900 }
    return sign({ ...own, auth_time: iat, amr: ['pwd'], ...claims }, issuerKeys.privateKey, { type: 'at+jwt' })
  }
  const prove = (accessToken: string, changed: Partial<ProofContents> = {}, key = ada.privateKey) =>
    createProof(key, { method: 'GET', url: `${ORIGIN}/orders/7`, accessToken, now, ...changed })
  const check = async (token: string, dpop?: string | readonly string[], scheme = 'DPoP', url = '/orders/7?page=2') =>
    guard.check(`${scheme} ${token}`, { method: 'GET', url, dpop })
  return { guard, revocations, heard, mint, prove, check, now, advance: (ms: number) => (at += ms) }
}

const told = (checked: Checked) =>
  checked.ok ? 'ok' : `${checked.refusal.code} ${checked.refusal.headers['www-authenticate'] ?? ''}`.trim()
const BAD_PROOF = 'invalid_dpop_proof DPoP error="invalid_dpop_proof", algs="ES256"'
const BAD_TOKEN = 'invalid_token DPoP error="invalid_token", algs="ES256"'

test('a bound token is let in with a proof of its key, and its claims are told', async () => {
  const { mint, prove, check, heard } = await open()
  const token = await mint()
  const checked = await check(token, await prove(token))
  expect(checked).toMatchObject({
    ok: true,
    auth: { subject: 'ada', sessionId: 's1', claims: { cnf: { jkt: ada.publicKey.kid } } },
  })
  expect(heard).toEqual(['accepted'])
})

test('CLM-15: without a proof, with two, or as a bearer it is refused', async () => {
  const { guard, mint, prove, check } = await open()
  const token = await mint()
  expect(told(await check(token))).toBe(BAD_PROOF)
  expect(told(await guard.check(`DPoP ${token}`))).toBe(BAD_PROOF)
  for (const scheme of ['Bearer', 'bearer'])
    expect(told(await check(token, await prove(token), scheme))).toBe('invalid_token Bearer error="invalid_token"')
  const [one, two] = [await prove(token), await prove(token)]
  for (const dpop of [[one, two], `${one}, ${two}`, [], '', null])
    expect(told(await guard.check(`DPoP ${token}`, { method: 'GET', url: '/orders/7', dpop }))).toBe(BAD_PROOF)
  // What was refused for its company was not used up.
  expect(told(await check(token, one))).toBe('ok')
})

test('DPP-11: a token that is bound to nothing is no DPoP token, whatever proof it comes with', async () => {
  const { mint, prove, check, heard } = await open()
  for (const claims of [{}, { cnf: {} }, { cnf: { jkt: 'x' } }, { cnf: { 'x5t#S256': 'x' } }]) {
    const token = await mint(claims)
    expect(told(await check(token, await prove(token)))).toBe(BAD_TOKEN)
  }
  expect(told(await check(await mint({}), undefined, 'Bearer'))).toBe('ok')
  expect(heard.slice(0, 2)).toEqual(['claim_missing', 'claim_invalid'])
})

test('a guard that was told nothing of proofs takes no bound token, under either scheme', async () => {
  const { mint, prove, now } = await open()
  const guard = createGuard({
    issuer: 'https://issuer.example',
    audience: 'api',
    keys: createKeySet([issuerKeys.publicKey]),
    algorithms: ['ES256'],
    revocations: createRevocationView({ now }),
    now,
  })
  const token = await mint()
  const request = { method: 'GET', url: '/orders/7', dpop: await prove(token) }
  expect(told(await guard.check(`DPoP ${token}`, request))).toBe('token_required Bearer')
  expect(told(await guard.check(`Bearer ${token}`, request))).toBe('invalid_token Bearer error="invalid_token"')
})

test('DPP-08, DPP-10: a proof of another key, for another token or another request is refused', async () => {
  const { guard, mint, prove, check } = await open()
  const token = await mint()
  const other = await mint()
  expect(other).not.toBe(token)
  for (const proof of [
    await prove(token, {}, mallory.privateKey),
    await prove(other),
    await prove(token, { accessToken: undefined }),
    await prove(token, { method: 'POST' }),
    await prove(token, { url: `${ORIGIN}/orders/8` }),
    await prove(token, { url: 'https://evil.example/orders/7' }),
  ])
    expect(told(await check(token, proof))).toBe(BAD_PROOF)
  for (const [method, expected] of [
    ['POST', 'ok'],
    ['PUT', BAD_PROOF],
    [undefined, BAD_PROOF],
  ] as const) {
    const dpop = await prove(token, { method: 'POST' })
    expect(told(await guard.check(`DPoP ${token}`, { method, url: '/orders/7', dpop }))).toBe(expected)
  }
})

test('a session that has ended, or a token that has died, is refused before its proof is looked at', async () => {
  const { mint, prove, check, revocations, advance, now } = await open()
  const token = await mint()
  const proof = await prove(token)
  revocations.end('s1', Math.floor(now() / 1000) + 900)
  expect(told(await check(token, proof))).toBe(BAD_TOKEN)
  const living = await mint({ sid: 's2', cnf: { jkt: ada.publicKey.kid } })
  advance(906_000)
  expect(told(await check(living, await prove(living)))).toBe(BAD_TOKEN)
})

test('DPP-07: a proof is good once: in this process, and after a restart', async () => {
  const one = await open()
  const token = await one.mint()
  const proof = await one.prove(token)
  expect(told(await one.check(token, proof))).toBe('ok')
  for (const wait of [0, 30_000, 29_000, 10_000]) {
    one.advance(wait)
    expect(told(await one.check(token, proof))).toBe(BAD_PROOF)
  }
  expect(one.heard.slice(-4)).toEqual(['proof_replayed', 'proof_replayed', 'proof_replayed', 'expired'])

  // A process that has just begun knows nothing of what was used before, so it takes nothing that was made before.
  const restarted = await open({}, START + 10_000)
  expect(told(await restarted.check(token, proof))).toBe(BAD_PROOF)
  expect(restarted.heard).toEqual(['proof_replayed'])
  expect(told(await restarted.check(token, await restarted.prove(token)))).toBe('ok')
})

test('DPP-07: two processes that share a table take it once, also when both are asked at once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-replays-'))
  const file = () => new DatabaseSync(join(directory, 'seen.db'), { timeout: 5_000 })
  const [one, other] = [file(), file()]
  try {
    one.exec('create table proofs_seen (id text primary key, forget_at integer not null) strict')
    const table = (database: DatabaseSync): ReplayStore => ({
      async add(id, seconds) {
        const insert = database.prepare('insert into proofs_seen values (?, ?) on conflict (id) do nothing')
        return insert.run(id, START + seconds * 1000).changes === 1
      },
    })
    const [left, right] = [await open({ replays: table(one) }), await open({ replays: table(other) })]
    const token = await left.mint()
    for (let times = 0; times < 10; times++) {
      const proof = await left.prove(token)
      const answers = await Promise.all([left, right, right].map((at) => at.check(token, proof)))
      expect(answers.map(told).toSorted()).toEqual([BAD_PROOF, BAD_PROOF, 'ok'])
    }
  } finally {
    for (const database of [one, other]) database.close()
    rmSync(directory, { recursive: true, force: true })
  }
})

test('two processes that share nothing each take it once: what is promised is per process', async () => {
  const [left, right] = [await open(), await open()]
  const token = await left.mint()
  const proof = await left.prove(token)
  expect(told(await left.check(token, proof))).toBe('ok')
  expect(told(await right.check(token, proof))).toBe('ok')
})

test('a store that does not answer is a 503, never a yes', async () => {
  for (const add of [
    () => {
      throw new Error('down')
    },
    async () => Promise.reject(new Error('down')),
  ]) {
    const { mint, prove, check, heard } = await open({ replays: { add } })
    const token = await mint()
    const checked = await check(token, await prove(token))
    expect(checked).toMatchObject({ ok: false, refusal: { status: 503, code: 'replays_unavailable' } })
    expect(heard).toEqual(['replays_unavailable'])
  }
})

test('the memory of proofs is bounded, is filled by valid ones alone, and forgets in time', async () => {
  let elapsed = 0
  const memory = createReplayMemory({ entries: 2, now: () => START, elapsed: () => elapsed })
  const { mint, prove, check, advance } = await open({ replays: memory })
  const token = await mint()
  for (let index = 0; index < 5; index++)
    expect(told(await check(token, await prove(token, {}, mallory.privateKey)))).toBe(BAD_PROOF)
  for (const expected of ['ok', 'ok', 'replays_unavailable'])
    expect(told(await check(token, await prove(token)))).toBe(expected)
  elapsed += 70_000
  advance(70_000)
  expect(told(await check(token, await prove(token)))).toBe('ok')
  expect(() => createReplayMemory({ entries: 0 })).toThrow(TypeError)

  // Where anybody can fill it, the oldest goes instead.
  const forgetful = createReplayMemory({ entries: 2, whenFull: 'forget', elapsed: () => elapsed })
  expect(['a', 'b', 'b', 'c', 'c', 'a'].map((id) => forgetful.add(id, 70))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ])
})

test('DPP-09, DPP-13: with nonces, a proof without one, with an old one or made in store is told which to use', async () => {
  let at = START
  const secret = new Uint8Array(32).fill(7)
  const nonces = createNonces([secret], () => at)
  const { mint, prove, check, advance, heard } = await open({ nonces })
  const token = await mint()
  const inStore = await prove(token, { now: () => START + 120_000 })
  const first = await check(token, await prove(token))
  expect(told(first)).toBe('use_dpop_nonce DPoP error="use_dpop_nonce", algs="ES256"')
  const nonce = first.ok ? '' : first.refusal.headers['dpop-nonce']
  expect(nonce).toMatch(/^[\w-]{22}$/)
  const good = await check(token, await prove(token, { nonce }))
  expect(good).toMatchObject({ ok: true, headers: { 'dpop-nonce': nonce } })

  // Good for one minute more, on any node that has the secret; then another is wanted.
  at += 60_000
  expect(told(await check(token, await prove(token, { nonce })))).toBe('ok')
  at += 60_000
  expect(told(await check(token, await prove(token, { nonce })))).toContain('use_dpop_nonce')
  // Made two minutes ago for now: the time in it is right, and it is refused.
  advance(120_000)
  expect(told(await check(token, inStore))).toContain('use_dpop_nonce')
  expect(heard).toContain('nonce_required')

  // Somebody else's nonce, from another service, is none here.
  const elsewhere = await createNonces([new Uint8Array(32).fill(8)], () => at).good()
  expect(told(await check(token, await prove(token, { nonce: elsewhere[0] })))).toContain('use_dpop_nonce')
})

test('nonces: every node with the secret has the same ones, an old secret is still taken, and no later one can be known', async () => {
  const [old, young] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const at = (ms: number, ...secrets: Uint8Array[]) => createNonces(secrets, () => START + ms).good()
  const here = await at(0, old)
  expect(await at(59_999 - (START % 60_000), old)).toEqual(here)
  const promoted = await at(0, young, old)
  expect(promoted[0]).not.toBe(here[0])
  expect(promoted).toContain(here[0])
  const next = await at(60_000, old)
  expect(next).toContain(here[0])
  expect(await at(120_000, old)).not.toContain(here[0])
  expect(await at(-60_000, old)).toContain(here[0])
  expect(() => createNonces([])).toThrow(TypeError)
  expect(() => createNonces([new Uint8Array(31)])).toThrow('32')
})

test('DPP-04, DPP-05: the origin is the configured one; only the path is taken from the request', async () => {
  const { mint, prove, check } = await open({ origin: [ORIGIN, 'https://www.example'] })
  const token = await mint()
  const at = async (url: string, target: string) =>
    told(await check(token, await prove(token, { url }), 'DPoP', target))
  expect(await at('https://www.example/orders/7', '/orders/7')).toBe('ok')
  // The absolute form of a request line, and what a framework makes a URL of: the host in it is what the client said.
  expect(await at(`${ORIGIN}/orders/7`, 'http://evil.example/orders/7?x')).toBe('ok')
  expect(await at('http://evil.example/orders/7', 'http://evil.example/orders/7')).toBe(BAD_PROOF)
  expect(await at('https://evil.example/orders/7', '//evil.example/orders/7')).toBe(BAD_PROOF)
  for (const target of ['', '*', 'orders/7', '/orders/7/', '/Orders/7', '/orders%2F7'])
    expect(await at(`${ORIGIN}/orders/7`, target), target).toBe(BAD_PROOF)
  for (const origin of ['https://a.example/', 'a.example', 'https://a.example/path', '', []])
    expect(() => createProofs({ origin })).toThrow('origin')
})
