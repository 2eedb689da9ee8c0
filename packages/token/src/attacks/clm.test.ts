// CLM: a genuine token that says the wrong thing (RFC 7519 §4.1, RFC 8725 §3.8 to §3.11, RFC 9068 §4).
import { describe, expect, test } from 'vitest'
import { AUDIENCE, goodClaims, ISSUER, NOW } from '../../../../tests/support/forge-token.ts'
import { createJudge, demands } from '../../../../tests/support/judge-token.ts'
import { createVerifier, generateKeyPair, sign, type VerifierOptions } from '../index.ts'

const one = await createJudge('ES256')
const { forger, key, judge } = one

/** What the API says to good claims with some of them changed; undefined takes one out. */
const judgeClaims = async (changed: Record<string, unknown>, more: Partial<VerifierOptions> = {}): Promise<string> =>
  judge(forger.forge(forger.header, { ...goodClaims, ...changed }), more)

/** The same for one claim that JSON.stringify would not write so. */
const judgeRaw = async (name: string, json: string): Promise<string> => {
  const { [name]: _, ...others } = goodClaims as Record<string, unknown>
  return judge(forger.forge(forger.header, JSON.stringify(others).replace('}', `,"${name}":${json}}`)))
}

test('what is changed below is accepted unchanged', async () => {
  expect(await judgeClaims({})).toBe('accepted')
})

describe('CLM-01 an expiry that is none', () => {
  test.each([
    [undefined, 'claim_missing'],
    [0, 'expired'],
    [-1, 'claim_invalid'],
    ['9999999999', 'claim_invalid'],
    [[], 'claim_invalid'],
    [[NOW + 600], 'claim_invalid'],
    [{}, 'claim_invalid'],
    [true, 'claim_invalid'],
    [null, 'claim_invalid'],
    ['', 'claim_invalid'],
  ])('exp %j: %s', async (exp, code) => expect(await judgeClaims({ exp })).toBe(code))

  test.each(['1e400', 'NaN', 'Infinity'])('exp %s, raw', async (json) => {
    expect(await judgeRaw('exp', json)).toBe('malformed')
  })
})

test('CLM-02 a token is dead at exp, to the millisecond, moved by the tolerance', async () => {
  const at = (milliseconds: number): Partial<VerifierOptions> => ({ now: () => milliseconds })
  const exp = NOW + 600
  expect(await judgeClaims({ exp }, at(exp * 1000 - 1))).toBe('accepted')
  expect(await judgeClaims({ exp }, at(exp * 1000))).toBe('expired')
  expect(await judgeClaims({ exp }, at(exp * 1000 + 1))).toBe('expired')
  expect(await judgeClaims({ exp }, { ...at(exp * 1000 + 29_999), clockTolerance: 30 })).toBe('accepted')
  expect(await judgeClaims({ exp }, { ...at(exp * 1000 + 30_000), clockTolerance: 30 })).toBe('expired')
  expect(await judgeClaims({ exp: exp + 0.5 }, at(exp * 1000 + 499))).toBe('accepted')
  expect(await judgeClaims({ exp: exp + 0.5 }, at(exp * 1000 + 500))).toBe('expired')
  for (const name of ['nbf', 'iat']) {
    expect(await judgeClaims({ [name]: NOW }, at(NOW * 1000))).toBe('accepted')
    expect(await judgeClaims({ [name]: NOW }, at(NOW * 1000 - 1))).toBe('not_yet_valid')
    expect(await judgeClaims({ [name]: NOW }, { ...at(NOW * 1000 - 30_000), clockTolerance: 30 })).toBe('accepted')
    expect(await judgeClaims({ [name]: NOW }, { ...at(NOW * 1000 - 30_001), clockTolerance: 30 })).toBe('not_yet_valid')
  }
})

test('CLM-03 an expiry too far ahead, or in milliseconds', async () => {
  expect(await judgeClaims({ exp: NOW + 3600 })).toBe('accepted')
  expect(await judgeClaims({ exp: NOW + 3601 })).toBe('claim_invalid')
  expect(await judgeClaims({ exp: (NOW + 600) * 1000 })).toBe('claim_invalid')
  // Milliseconds are no date even where nobody limits the lifetime.
  expect(await judgeClaims({ exp: (NOW + 600) * 1000 }, { maxLifetime: Infinity })).toBe('claim_invalid')
  expect(await judgeClaims({ exp: NOW + 1e8 }, { maxLifetime: Infinity })).toBe('accepted')
})

describe('CLM-04 starts in the future, or of another form', () => {
  test.each(['nbf', 'iat'])('%s', async (name) => {
    expect(await judgeClaims({ [name]: NOW + 1 })).toBe('not_yet_valid')
    for (const wrong of ['1', String(NOW), null, [], {}, true, -1, NOW * 1000]) {
      expect.soft(await judgeClaims({ [name]: wrong }), JSON.stringify(wrong)).toBe('claim_invalid')
    }
    expect(await judgeRaw(name, '1e400')).toBe('malformed')
    expect(await judgeClaims({ [name]: undefined })).toBe('accepted')
  })
})

test('CLM-05 another issuer', async () => {
  const almost = [
    ISSUER.toUpperCase(),
    'https://issuer.exampl',
    `${ISSUER}/`,
    `${ISSUER}.evil`,
    ` ${ISSUER}`,
    '',
    'https',
  ]
  for (const iss of almost) expect.soft(await judgeClaims({ iss }), iss).toBe('issuer_mismatch')
  for (const iss of [[ISSUER, 'https://evil.example'], [ISSUER], { [ISSUER]: true }, null, 1, true]) {
    expect.soft(await judgeClaims({ iss }), JSON.stringify(iss)).toBe('claim_invalid')
  }
  expect(await judgeClaims({ iss: undefined })).toBe('claim_missing')
})

test('CLM-06 another audience; one that is among several is meant', async () => {
  const almost = [
    'https://api.exampl',
    `${AUDIENCE}/`,
    AUDIENCE.toUpperCase(),
    'api.example',
    '',
    'https://api.example2',
  ]
  for (const aud of almost) {
    expect.soft(await judgeClaims({ aud }), aud).toBe('audience_mismatch')
    expect.soft(await judgeClaims({ aud: [aud] }), aud).toBe('audience_mismatch')
  }
  expect(await judgeClaims({ aud: [] })).toBe('audience_mismatch')
  for (const aud of [1, null, true, { [AUDIENCE]: 1 }, [AUDIENCE, 1], [[AUDIENCE]], [null]]) {
    expect.soft(await judgeClaims({ aud }), JSON.stringify(aud)).toBe('claim_invalid')
  }
  expect(await judgeClaims({ aud: undefined })).toBe('claim_missing')
  expect(await judgeClaims({ aud: [AUDIENCE, 'https://other.example'] })).toBe('accepted')
  expect(await judgeClaims({ aud: 'b' }, { audience: ['a', 'b'] })).toBe('accepted')
  expect(await judgeClaims({ aud: ['c', 'b'] }, { audience: ['a', 'b'] })).toBe('accepted')
  expect(await judgeClaims({ aud: 'ab' }, { audience: ['a', 'b'] })).toBe('audience_mismatch')
})

test.each([/^https/g, [/^https/y], () => true, '', [], undefined, ['']])(
  'CLM-07 issuer and audience are text, not %s',
  (value) => {
    for (const name of ['issuer', 'audience']) {
      if (name === 'issuer' && Array.isArray(value)) continue
      const options = { ...demands, algorithms: ['ES256'], [name]: value } as unknown as VerifierOptions
      expect(() => createVerifier(key, options)).toThrow(TypeError)
    }
  },
)

test('CLM-08 a subject that is none', async () => {
  expect(await judgeClaims({ sub: undefined })).toBe('claim_missing')
  for (const sub of ['', 1, {}, [], null, true, 'x'.repeat(256), 'x'.repeat(4096)]) {
    expect.soft(await judgeClaims({ sub }), JSON.stringify(sub)).toBe('claim_invalid')
  }
  expect(await judgeClaims({ sub: 'x'.repeat(255) })).toBe('accepted')
  for (const jti of ['', 1, {}, 'x'.repeat(256)]) expect.soft(await judgeClaims({ jti })).toBe('claim_invalid')
})

test('CLM-09 and CLM-10 subjects come out to the character: nothing is joined, folded or normalised', async () => {
  const verifier = createVerifier(key, { ...demands, algorithms: ['ES256'] })
  // Composed and decomposed, a confusable, one that looks like an issuer and a subject joined, one like a client's id.
  for (const sub of ['\u00e9', 'e\u0301', 'аdmin', 'admin', `${ISSUER}|user-1`, 'client-1', ' admin']) {
    const { claims } = await verifier(forger.forge(forger.header, { ...goodClaims, sub, client_id: 'client-1' }))
    expect(claims.sub).toBe(sub)
    expect(claims.iss).toBe(ISSUER)
  }
})

test('CLM-11 other claims come out as they are: a scope that is a list is not turned into text to search in', async () => {
  const verifier = createVerifier(key, { ...demands, algorithms: ['ES256'] })
  for (const scope of [['admin'], { admin: true }, 'administrator']) {
    const { claims } = await verifier(forger.forge(forger.header, { ...goodClaims, scope }))
    expect(claims['scope']).toEqual(scope)
  }
})

test.each(['JWT', 'id_token+jwt', 'rt+jwt', 'dpop+jwt', 'statuslist+jwt', 'logout+jwt', 'secevent+jwt', undefined])(
  'CLM-12 a token of type %s is no access token',
  async (typ) => {
    expect(await judge(forger.forge({ ...forger.header, typ }, goodClaims))).toBe('type_mismatch')
    // Nor is an access token taken where that type is expected.
    if (typ !== undefined)
      expect(await judge(forger.forge(forger.header, goodClaims), { type: typ })).toBe('type_mismatch')
  },
)

test('CLM-13 a token of another tenant or environment', async () => {
  const other = await createJudge('ES256')
  // Same names, another key; another name, the same key.
  expect(await judge(other.forger.forge(other.forger.header, goodClaims))).toBe('signature_invalid')
  expect(await judgeClaims({ iss: 'https://staging.issuer.example' })).toBe('issuer_mismatch')
  expect(await judgeClaims({ aud: 'https://api.staging.example' })).toBe('audience_mismatch')
})

test.each([{ jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }, {}, { unknown: 1 }, null, 'x', { 'x5t#S256': 'x' }])(
  'CLM-15 and CLM-16 a token bound to a key, cnf %j, is no bearer token',
  async (cnf) => expect(await judgeClaims({ cnf })).toBe('proof_required'),
)

const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'

test('CLM-15 a verifier of bound tokens takes one that names its key, and none that is a bearer', async () => {
  expect(await judgeClaims({ cnf: { jkt: JKT } }, { keyBound: true })).toBe('accepted')
  expect(await judgeClaims({}, { keyBound: true })).toBe('claim_missing')
  expect(await judgeClaims({ cnf: { jkt: JKT } }, { keyBound: false })).toBe('proof_required')
})

test.each([
  {},
  { unknown: 1 },
  null,
  'x',
  [],
  [JKT],
  { jkt: '' },
  { jkt: JKT.slice(1) },
  { jkt: `${JKT}=` },
  { jkt: `${JKT}\n` },
  { jkt: [JKT] },
  { jkt: JKT, 'x5t#S256': 'x' },
  { 'x5t#S256': JKT },
])('CLM-16 a confirmation that nobody would check, cnf %j', async (cnf) =>
  expect(await judgeClaims({ cnf }, { keyBound: true })).toBe('claim_invalid'),
)

test('whatever required names must be there', async () => {
  expect(await judgeClaims({}, { required: ['sub', 'sid'] })).toBe('accepted')
  expect(await judgeClaims({ sid: undefined }, { required: ['sub', 'sid'] })).toBe('claim_missing')
  expect(await judgeClaims({}, { required: ['toString'] })).toBe('claim_missing')
})

test('a refusal names the claim it is about', async () => {
  const verifier = createVerifier(key, { ...demands, algorithms: ['ES256'] })
  const { privateKey } = await generateKeyPair('ES256')
  const token = await sign(goodClaims, privateKey, { type: 'at+jwt' })
  await expect(async () => verifier(token)).rejects.toMatchObject({ code: 'key_not_found', claim: undefined })
  const wrong = forger.forge(forger.header, { ...goodClaims, aud: 'x' })
  await expect(async () => verifier(wrong)).rejects.toMatchObject({ code: 'audience_mismatch', claim: 'aud' })
})
