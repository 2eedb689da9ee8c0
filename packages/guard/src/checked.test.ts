// What a guard tells whoever counts: the reason the answer keeps to itself.
import { createKeySet, generateKeyPair, sign } from '@hallpass/token'
import { expect, test } from 'vitest'
import { createGuard, type CheckResult } from './guard.ts'
import { createRevocationView } from './revocation-view.ts'

test('every result is heard, and every refusal of a token looks the same', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const revocations = createRevocationView()
  const heard: CheckResult[] = []
  const guard = createGuard({
    issuer: 'https://a.example',
    audience: 'api',
    keys: createKeySet([publicKey]),
    algorithms: ['ES256'],
    revocations,
    onChecked: (result) => heard.push(result),
  })
  const now = Math.floor(Date.now() / 1000)
  const mint = (claims = {}) =>
    sign(
      {
        iss: 'https://a.example',
        aud: 'api',
        sub: 's',
        sid: 'one',
        jti: 'j',
        iat: now,
        exp: now + 60,
        auth_time: now,
        amr: ['pwd'],
        ...claims,
      },
      privateKey,
      { type: 'at+jwt' },
    )
  const good = await mint()
  const bodies = new Set<string>()
  const check = async (token: string | undefined) => {
    const checked = await guard.check(token === undefined ? undefined : `Bearer ${token}`)
    if (!checked.ok && token !== undefined) bodies.add(checked.refusal.body)
  }
  await check(good)
  revocations.end('one', now + 60)
  await check(good)
  await check(undefined)
  await check('x')
  await check(await mint({ exp: now - 60 }))
  await check(await mint({ aud: 'other' }))
  await check(await mint({ sid: 7 }))
  await check(`${good.slice(0, -4)}AAAA`)
  expect(heard).toEqual([
    'accepted',
    'revoked',
    'token_required',
    'malformed',
    'expired',
    'audience_mismatch',
    'claim_invalid',
    'signature_invalid',
  ])
  expect(bodies.size).toBe(1)
})
