// DPP: proofs of possession that do not fit (RFC 9449 §4.3). Each is signed by node:crypto under a real key and wrong in one way.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createForger, NOW, stamper } from '../../../../tests/support/forge-token.ts'
import {
  createProof,
  createProofVerifier,
  generateKeyPair,
  TokenError,
  type Proof,
  type ProofVerifierOptions,
  type ProvenRequest,
} from '../index.ts'

const forger = createForger('ES256')
const { kid: _, ...jwk } = forger.publicJwk
const ADDRESS = 'https://api.example/orders/7'
const TOKEN = 'header.payload.signature'
const ath = createHash('sha256').update(TOKEN).digest('base64url')

const header = { typ: 'dpop+jwt', alg: 'ES256', jwk }
const claims = { jti: 'proof-1', htm: 'POST', htu: ADDRESS, iat: NOW, ath }
const request: ProvenRequest = { method: 'POST', urls: [ADDRESS], accessToken: TOKEN }

type Changes = Readonly<Record<string, unknown>>
interface Wrong {
  readonly header?: Changes
  readonly claims?: Changes
  readonly request?: Partial<ProvenRequest>
  readonly options?: Partial<ProofVerifierOptions>
}

async function check(proof: string, { request: asked, options }: Wrong = {}): Promise<string | Proof> {
  const verify = createProofVerifier({ algorithms: ['ES256'], now: () => NOW * 1000, ...options })
  try {
    return await verify(proof, { ...request, ...asked })
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

const judge = async (wrong: Wrong): Promise<string> => {
  const proof = forger.forge({ ...header, ...wrong.header }, { ...claims, ...wrong.claims })
  const verdict = await check(proof, wrong)
  return typeof verdict === 'string' ? verdict : 'accepted'
}

test('what is changed below is accepted unchanged', async () => {
  const proof = forger.forge(header, claims)
  expect(await check(proof)).toMatchObject({ id: 'proof-1', issuedAt: NOW, nonce: undefined })
})

test('the examples of RFC 9449, each for its own request and token, and no other', async () => {
  interface Example {
    readonly proof: string
    readonly jkt: string
    readonly claims: Readonly<Record<'htm' | 'htu' | 'jti', string>> & { readonly iat: number; readonly ath?: string }
  }
  const file = new URL('../../../../tests/vectors/dpop/rfc9449_examples.json', import.meta.url)
  const examples = JSON.parse(readFileSync(file, 'utf8')) as readonly Example[]
  expect(examples).toHaveLength(3)
  // The access token of §7.1.
  const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
  for (const { proof, jkt, claims: said } of examples) {
    const of = {
      request: {
        method: said.htm,
        urls: [said.htu],
        accessToken: said.ath === undefined ? undefined : accessToken,
      },
      options: { now: () => said.iat * 1000 },
    }
    expect(await check(proof, of)).toMatchObject({ thumbprint: jkt, id: said.jti })
    expect(await check(proof, { ...of, request: { ...of.request, accessToken: 'another' } })).toBe('proof_mismatch')
  }
})

test('DPP-01 two proofs in one header, joined by a comma, an empty one and what is no proof', async () => {
  const proof = forger.forge(header, claims)
  for (const value of [`${proof}, ${proof}`, `${proof},${proof}`, '', ' ', 'x', 'a.b.c', '..'])
    expect(await check(value), JSON.stringify(value)).toBe('malformed')
})

describe('DPP-02 a header that is none of a proof', () => {
  const p384 = createForger('ES384')
  const x = (text: unknown): string => Buffer.from(String(text), 'base64url').reverse().toString('base64url')
  test.each([
    ['type_mismatch', { typ: 'at+jwt' }],
    ['type_mismatch', { typ: 'JWT' }],
    ['type_mismatch', { typ: undefined }],
    ['type_mismatch', { typ: 'dpop' }],
    ['header_invalid', { typ: 7 }],
    ['algorithm_not_allowed', { alg: 'none' }],
    ['algorithm_not_allowed', { alg: 'HS256' }],
    ['algorithm_not_allowed', { alg: 'ES384', jwk: p384.publicJwk }],
    ['algorithm_not_allowed', { alg: 'es256' }],
    ['header_invalid', { alg: undefined }],
    ['key_invalid', { jwk: undefined }],
    ['key_invalid', { jwk: null }],
    ['key_invalid', { jwk: [jwk] }],
    ['key_invalid', { jwk: JSON.stringify(jwk) }],
    ['key_invalid', { jwk: { ...jwk, d: forger.privateJwk.d } }],
    ['key_invalid', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['key_invalid', { jwk: { ...jwk, k: 'AAAA' } }],
    ['key_invalid', { jwk: { ...jwk, x: x(jwk.x) } }],
    ['key_invalid', { jwk: { ...jwk, crv: 'P-384' } }],
    ['key_invalid', { jwk: { ...jwk, use: 'enc' } }],
    ['key_invalid', { jwk: { ...jwk, alg: 'ES384' } }],
    ['key_invalid', { jwk: p384.publicJwk }],
    ['header_invalid', { jku: 'https://evil.example/jwks' }],
    ['header_invalid', { x5c: ['AAAA'] }],
    ['extension_unsupported', { crit: ['exp'] }],
    ['extension_unsupported', { b64: false }],
  ])('%s: %j', async (code, changed) => expect(await judge({ header: changed })).toBe(code))

  test('of another key than the one it brings, by HMAC under the public one, or altered', async () => {
    const other = createForger('ES256')
    const { kid: _kid, ...theirs } = other.publicJwk
    expect(await judge({ header: { jwk: theirs } })).toBe('signature_invalid')
    const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
    const mac = stamper('HS256', { k: jwk.x ?? '' })(input).toString('base64url')
    expect(await check(`${input}.${mac}`)).toBe('signature_invalid')
    const [head, , signature] = forger.forge(header, claims).split('.')
    const payload = Buffer.from(JSON.stringify({ ...claims, htm: 'GET' })).toString('base64url')
    expect(await check(`${head}.${payload}.${signature}`, { request: { method: 'GET' } })).toBe('signature_invalid')
  })

  test('a verifier that would take a secret for a key is not made', () => {
    expect(() => createProofVerifier({ algorithms: ['ES256', 'HS256'] })).toThrow('HS')
    expect(() => createProofVerifier({ algorithms: [] })).toThrow(TypeError)
    expect(() => createProofVerifier({ algorithms: ['ES256'], maxAge: 601 })).toThrow('maxAge')
  })
})

test('DPP-03 a proof for another method, or for the same in another case', async () => {
  for (const htm of ['GET', 'post', 'Post', 'POST ', ''])
    expect(await judge({ claims: { htm } }), htm).toBe('proof_mismatch')
  expect(await judge({ claims: { htm: undefined } })).toBe('claim_missing')
  for (const htm of [7, ['POST'], null]) expect(await judge({ claims: { htm } })).toBe('claim_invalid')
})

describe('DPP-04 a proof for another address', () => {
  test.each([
    'https://api.example.evil/orders/7',
    'https://evil.example/orders/7',
    'https://api.example:8443/orders/7',
    'http://api.example/orders/7',
    'https://api.example/orders/8',
    'https://api.example/orders/7/',
    'https://api.example//orders/7',
    'https://api.example/Orders/7',
    'https://api.example/orders/x/../7',
    'https://api.example/./orders/7',
    'https://api.example/orders%2f7',
    'https://api.example/orders/%37',
    'https://api.example\\orders\\7',
    'https://user@api.example/orders/7',
    'https://api.example/orders/7\n',
    ' https://api.example/orders/7',
    '//api.example/orders/7',
    '/orders/7',
    'orders/7',
    'https://',
    '',
    'https://api.example',
    'urn:orders:7',
  ])('%j', async (htu) => expect(await judge({ claims: { htu } })).toBe('proof_mismatch'))

  test.each([
    'https://api.example/orders/7?page=2',
    'https://api.example/orders/7#top',
    'HTTPS://API.EXAMPLE/orders/7',
    'https://api.example:443/orders/7?a=b#c',
  ])('the same address: %s', async (htu) => expect(await judge({ claims: { htu } })).toBe('accepted'))

  test('an empty path is the root; percent-encoding is compared as it stands', async () => {
    const at = (url: string, htu: string) => judge({ claims: { htu }, request: { urls: [url] } })
    expect(await at('https://api.example/', 'https://api.example')).toBe('accepted')
    expect(await at('https://api.example/caf%C3%A9', 'https://api.example/caf%c3%a9')).toBe('proof_mismatch')
    expect(await at('https://api.example/caf%C3%A9', 'https://api.example/caf%C3%A9')).toBe('accepted')
    for (const htu of [7, null, ['https://api.example/']])
      expect(await judge({ claims: { htu } })).toBe('claim_invalid')
  })

  test('a service that has two addresses takes a proof for either, and for no third', async () => {
    const urls = [ADDRESS, 'https://www.example/api/orders/7']
    expect(await judge({ claims: { htu: urls[1] }, request: { urls } })).toBe('accepted')
    expect(await judge({ claims: { htu: 'https://www.example/orders/7' }, request: { urls } })).toBe('proof_mismatch')
    expect(await judge({ request: { urls: [] } })).toBe('proof_mismatch')
  })
})

test('DPP-06 a proof that is too old, from the future or without a time', async () => {
  const at = (iat: unknown, options = {}) => judge({ claims: { iat }, options })
  expect(await at(NOW - 65)).toBe('accepted')
  expect(await at(NOW - 66)).toBe('expired')
  expect(await at(NOW + 5)).toBe('accepted')
  expect(await at(NOW + 6)).toBe('not_yet_valid')
  expect(await at(NOW - 11, { maxAge: 10, clockTolerance: 0 })).toBe('expired')
  expect(await at(NOW + 1, { clockTolerance: 0 })).toBe('not_yet_valid')
  expect(await at(0)).toBe('expired')
  for (const iat of [-1, String(NOW), NOW * 1000, [NOW], {}, true, null]) expect(await at(iat)).toBe('claim_invalid')
  expect(await at(Number.MIN_SAFE_INTEGER)).toBe('claim_invalid')
  expect(await at(undefined)).toBe('claim_missing')
})

test('DPP-07 an id that is missing, of another kind or longer than anybody should have to remember', async () => {
  const named = (jti: unknown) => judge({ claims: { jti } })
  expect(await named('x'.repeat(128))).toBe('accepted')
  expect(await named('x'.repeat(129))).toBe('claim_invalid')
  expect(await named('x'.repeat(5_000))).toBe('malformed')
  expect(await named(undefined)).toBe('claim_missing')
  for (const jti of ['', 7, null, ['a'], {}]) expect(await named(jti)).toBe('claim_invalid')
})

test('DPP-08 a proof for another access token, or for none', async () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
  for (const wrong of [undefined, '', hash('another'), hash(`${TOKEN} `), ath.slice(0, -1), `${ath}=`, TOKEN, [ath]])
    expect(await judge({ claims: { ath: wrong } }), String(wrong)).toBe('proof_mismatch')
  // At sign-in there is no token yet: a proof that speaks of one was made for something else.
  expect(await judge({ request: { accessToken: undefined } })).toBe('proof_mismatch')
  expect(await judge({ claims: { ath: undefined }, request: { accessToken: undefined } })).toBe('accepted')
})

test('DPP-09 without a nonce when there are nonces, with an old one, with one of another kind', async () => {
  const nonces = ['now', 'before']
  const carrying = (nonce: unknown, iat: unknown = NOW) => judge({ claims: { nonce, iat }, request: { nonces } })
  for (const nonce of nonces) expect(await carrying(nonce)).toBe('accepted')
  for (const nonce of [undefined, '', 'older', 'NOW', 'now ']) expect(await carrying(nonce)).toBe('nonce_required')
  for (const nonce of [7, ['now'], null]) expect(await carrying(nonce)).toBe('claim_invalid')
  expect(await judge({ claims: { nonce: 'now' }, request: { nonces: [] } })).toBe('nonce_required')
  // The nonce is the clock then: a person whose own is a day off is let in. What is no time at all is still none.
  for (const iat of [NOW - 86_400, NOW + 86_400]) expect(await carrying('now', iat)).toBe('accepted')
  for (const iat of [-1, 'now', null]) expect(await carrying('now', iat)).toBe('claim_invalid')
})

test('DPP-10 a proof of another key than the token is bound to', async () => {
  const proof = await check(forger.forge(header, claims))
  const { thumbprint } = typeof proof === 'string' ? { thumbprint: '' } : proof
  expect(thumbprint).toHaveLength(43)
  expect(await judge({ request: { thumbprint } })).toBe('accepted')
  expect(await judge({ request: { thumbprint: thumbprint.toLowerCase() } })).toBe('proof_mismatch')
  expect(await judge({ request: { thumbprint: '' } })).toBe('proof_mismatch')
})

test('a proof made here passes here, says what it must and holds no private member', async () => {
  for (const algorithm of ['ES256', 'EdDSA'] as const) {
    const { privateKey, publicKey } = await generateKeyPair(algorithm)
    const url = 'https://api.example/orders/7?secret=1#there'
    const made = await createProof(privateKey, {
      method: 'POST',
      url,
      accessToken: TOKEN,
      nonce: 'n',
      now: () => NOW * 1000,
    })
    const options = { algorithms: [algorithm] }
    expect(await check(made, { options })).toMatchObject({ thumbprint: publicKey.kid, issuedAt: NOW, nonce: 'n' })
    const [head = '', payload = ''] = made.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(Object.keys((JSON.parse(head) as { jwk: object }).jwk)).not.toContain('d')
    expect(payload).not.toContain('secret')
    await expect(createProof(publicKey, { method: 'GET', url })).rejects.toThrow(TypeError)
  }
})
