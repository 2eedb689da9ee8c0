// Whatever is wrong with a token, whoever sent it reads the same answer; and a token that was remembered as good is still looked at.
import { expect, test } from 'vitest'
import { createGuard, createRevocationView, type Checked } from '@hallpass/guard'
import { createKeySet, importJwk } from '@hallpass/token'
import { AUDIENCE, createForger, encode, goodClaims, ISSUER, NOW, type Part } from '../support/forge-token.ts'
import { createJudge } from '../support/judge-token.ts'

const forger = createForger('ES256')
const claims = { ...goodClaims, auth_time: NOW - 60, amr: ['pwd'] }
const good = forger.forge(forger.header, claims)

async function createCheck() {
  const now = (): number => NOW * 1000
  const revocations = createRevocationView({ now })
  const keys = createKeySet([await importJwk(forger.publicJwk, 'ES256')])
  const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE, keys, algorithms: ['ES256'], revocations, now })
  return { revocations, check: async (token: string): Promise<Checked> => guard.check(`Bearer ${token}`) }
}

/** A bad token for each reason there is, as the token core names it. */
const bad: Readonly<Record<string, string>> = {
  malformed: good.replace('.', '..'),
  header_invalid: forger.forge({ ...forger.header, jku: 'https://evil.example' }, claims),
  extension_unsupported: forger.forge({ ...forger.header, crit: ['x'], x: 1 }, claims),
  algorithm_not_allowed: `${encode({ ...forger.header, alg: 'none' })}${good.slice(good.indexOf('.'))}`,
  type_mismatch: forger.forge({ ...forger.header, typ: 'JWT' }, claims),
  key_not_found: forger.forge({ ...forger.header, kid: 'key-2' }, claims),
  signature_invalid: createForger('ES256').forge(forger.header, claims),
  expired: change({ exp: NOW - 60 }),
  not_yet_valid: change({ nbf: NOW + 60 }),
  issuer_mismatch: change({ iss: 'https://evil.example' }),
  audience_mismatch: change({ aud: 'https://evil.example' }),
  claim_missing: change({ exp: undefined }),
  claim_invalid: change({ exp: 'tomorrow' }),
  proof_required: change({ cnf: { jkt: 'x' } }),
}

function change(changed: Record<string, unknown>): string {
  return forger.forge(forger.header, { ...claims, ...changed } satisfies Part)
}

test('a token for each reason of a refusal, and one public answer, byte for byte', async () => {
  const { check } = await createCheck()
  expect((await check(good)).ok).toBe(true)
  const { judge } = await createJudge('ES256')
  expect(await judge(good)).toBe('signature_invalid')
  const answers = new Set<string>()
  for (const [reason, token] of Object.entries(bad)) {
    const checked = await check(token)
    expect(checked.ok, reason).toBe(false)
    answers.add(JSON.stringify(checked))
  }
  expect([...answers]).toHaveLength(1)
  expect([...answers][0]).toContain('"status":401')
  for (const secretWord of ['expired', 'signature', 'audience', 'kid', 'alg'])
    expect([...answers][0]).not.toContain(secretWord)
})

test('CLM-14 a session that ends takes its remembered token with it, at once, and no other', async () => {
  const { check, revocations } = await createCheck()
  const other = forger.forge(forger.header, { ...claims, sid: 'session-2' })
  for (const token of [good, good, other]) expect((await check(token)).ok).toBe(true)
  revocations.end(claims.sid, NOW + 600)
  expect(await check(good)).toEqual(await check(bad['expired'] ?? ''))
  expect((await check(other)).ok).toBe(true)
})
