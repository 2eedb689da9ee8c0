// The examples of the RFCs: what we speak is accepted as printed there; what we refuse by policy is refused, by name.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ALGORITHMS, importJwk, importJwks, sign, thumbprint, TokenError, verifySignature } from './index.ts'
import type { Algorithm, Jwk, Key } from './index.ts'

const folder = new URL('../../../tests/vectors/rfc/', import.meta.url)
const text = (name: string): string => readFileSync(new URL(name, folder), 'utf8').trim()
const json = (name: string): unknown => {
  const content = text(name)
  // Some files of the collection were links: they hold the name of another, or of a key of RFC 7520 §3.
  const link = /^rfc7520_3\.(\d)\.jwk$/.exec(content)?.[1]
  if (link !== undefined) return json(`rfc7520-jwk/${RFC7520_KEYS[link] ?? ''}.json`)
  return content.startsWith('{') ? (JSON.parse(content) as unknown) : json(content)
}
const RFC7520_KEYS: Readonly<Record<string, string>> = {
  1: '3_1.ec_public_key',
  2: '3_2.ec_private_key',
  3: '3_3.rsa_public_key',
  4: '3_4.rsa_private_key',
  5: '3_5.symmetric_key_mac_computation',
}

async function key(name: string, algorithm: Algorithm): Promise<Key> {
  return importJwk(publicPart(json(name) as Jwk), algorithm)
}

function publicPart(jwk: Jwk): Jwk {
  const { d: _, p: __, q: ___, dp: ____, dq: _____, qi: ______, ...members } = jwk
  return members
}

/** Outcome of verifying a compact message: the payload as text, or the code of the refusal. */
async function outcome(message: string, keyName: string, algorithm: Algorithm): Promise<string> {
  try {
    const { payload } = await verifySignature(message, await key(keyName, algorithm), { algorithms: [algorithm] })
    return new TextDecoder().decode(payload)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return error.code
  }
}

const CLAIMS = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
const FRODO =
  "It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, " +
  'there’s no knowing where you might be swept off to.'

test('the folder of examples is there', () => {
  expect(readdirSync(folder).length).toBeGreaterThan(50)
})

describe('RFC 7515, appendix A', () => {
  test.each([
    ['A.1', 'HS256', CLAIMS],
    ['A.2', 'RS256', CLAIMS],
    ['A.3', 'ES256', CLAIMS],
    ['A.4', 'ES512', 'Payload'],
  ] as const)('%s, %s, is accepted', async (example, algorithm, payload) => {
    expect(await outcome(text(`rfc7515_${example}.jwsc`), `rfc7515_${example}.jwk`, algorithm)).toBe(payload)
  })

  test('A.1 and A.2 come out the same when we sign their input: their algorithms are deterministic', async () => {
    for (const [example, algorithm] of [
      ['A.1', 'HS256'],
      ['A.2', 'RS256'],
    ] as const) {
      const signer = await importJwk(json(`rfc7515_${example}.jwk`) as Jwk, algorithm)
      const ours = await sign({ iss: 'joe' }, signer, { type: 'JWT' })
      const again = await sign({ iss: 'joe' }, signer, { type: 'JWT' })
      expect(ours).toBe(again)
      expect(await outcome(ours, `rfc7515_${example}.jwk`, algorithm)).toBe('{"iss":"joe"}')
    }
  })

  test('A.5, alg none without a signature, is refused', async () => {
    expect(await outcome(text('rfc7515_A.5.jwsc'), 'rfc7515_A.1.jwk', 'HS256')).toBe('malformed')
  })

  test('A.6, the general JSON serialisation, is refused by policy', async () => {
    expect(await outcome(text('rfc7515_A.6.jwsg'), 'rfc7515_A.2.jwk', 'RS256')).toBe('malformed')
  })

  test('A.7, the flattened JSON serialisation, is refused by policy', async () => {
    expect(await outcome(text('rfc7515_A.7.jwsf'), 'rfc7515_A.7.jwk', 'ES256')).toBe('malformed')
  })

  test('A.6 and A.7 are genuine in compact form: it is the form that is refused', async () => {
    const { payload, signatures } = json('rfc7515_A.6.jwsg') as {
      payload: string
      signatures: { protected: string; signature: string }[]
    }
    const compact = signatures.map((one) => `${one.protected}.${payload}.${one.signature}`)
    expect(await outcome(compact[0] ?? '', 'rfc7515_A.2.jwk', 'RS256')).toBe(CLAIMS)
    expect(await outcome(compact[1] ?? '', 'rfc7515_A.7.jwk', 'ES256')).toBe(CLAIMS)
  })
})

describe('RFC 7517', () => {
  test('A.1, a public set, is imported; its key for encryption is left out', async () => {
    const keys = await importJwks(json('rfc7517_A.1.jwkset'), { algorithms: ['RS256', 'ES256'] })
    expect(keys.keys.map(({ algorithm, kid }) => ({ algorithm, kid }))).toEqual([
      { algorithm: 'RS256', kid: '2011-04-29' },
    ])
  })

  test('A.2, a set of private keys, is refused: whoever publishes it has lost it', async () => {
    await expect(importJwks(json('rfc7517_A.2.jwkset'), { algorithms: ['RS256'] })).rejects.toMatchObject({
      code: 'key_invalid',
    })
  })

  test('A.3, a set of secrets, has one that signs; the one for key wrapping is left out', async () => {
    const keys = await importJwks(json('rfc7517_A.3.jwkset'), { algorithms: ['HS256'] })
    expect(keys.keys.map(({ algorithm, kid }) => ({ algorithm, kid }))).toEqual([
      { algorithm: 'HS256', kid: 'HMACkeyusedinJWSspecAppendixA.1example' },
    ])
  })

  test('appendix B, a key with a certificate chain, is imported by its own members', async () => {
    expect((await importJwk(json('rfc7517_B.jwk') as Jwk, 'RS256')).kid).toBe('1b94c')
  })
})

describe('RFC 7520, section 4', () => {
  test.each([
    ['4.1', 'RS256'],
    ['4.2', 'PS384'],
    ['4.3', 'ES512'],
    ['4.4', 'HS256'],
  ] as const)('%s, %s, is accepted', async (example, algorithm) => {
    expect(await outcome(text(`rfc7520_${example}.jwsc`), `rfc7520_${example}.jwk`, algorithm)).toBe(FRODO)
  })

  test('4.5, detached content, is refused by policy, and genuine once its content stands in it', async () => {
    const [header, , signature] = text('rfc7520_4.5.jwsc').split('.')
    expect(await outcome(text('rfc7520_4.5.jwsc'), 'rfc7520_4.5.jwk', 'HS256')).toBe('signature_invalid')
    const payload = Buffer.from(FRODO).toString('base64url')
    expect(await outcome(`${header}.${payload}.${signature}`, 'rfc7520_4.5.jwk', 'HS256')).toBe(FRODO)
  })

  test.each(['4.1.jwsf', '4.1.jwsg', '4.2.jwsf', '4.3.jwsf', '4.4.jwsf', '4.6.jwsf', '4.7.jwsf', '4.8.jwsg'])(
    '%s, JSON serialisation, is refused by policy',
    async (name) => {
      expect(await outcome(text(`rfc7520_${name}`), 'rfc7520_4.4.jwk', 'HS256')).toBe('malformed')
    },
  )

  test.each([
    '4_1.rsa_v15_signature',
    '4_2.rsa-pss_signature',
    '4_3.ecdsa_signature',
    '4_4.hmac-sha2_integrity_protection',
  ])('%s, as the cookbook has it, is accepted', async (name) => {
    const example = json(`rfc7520-jws/${name}.json`) as {
      input: { alg: Algorithm; key: Jwk }
      output: { compact: string }
    }
    // The cookbook marks none of its keys with an algorithm, except the secret.
    const { input, output } = example
    const verifier = await importJwk(publicPart(input.key), input.alg)
    const { payload } = await verifySignature(output.compact, verifier, { algorithms: ALGORITHMS })
    expect(new TextDecoder().decode(payload)).toBe(FRODO)
  })
})

describe('RFC 7638 and RFC 8037', () => {
  test('the thumbprint of RFC 7638 §3.1', async () => {
    expect(await thumbprint(json('rfc7638_3.1.jwk') as Jwk)).toBe(text('rfc7638_3.1.thp'))
  })

  test('RFC 8037, appendix A: key, thumbprint and signature', async () => {
    const example = json('rfc8037_appendix_a.json') as {
      privateJwk: Jwk
      publicJwk: Jwk
      thumbprintSha256: string
      compactJws: string
      payload: string
    }
    expect(await thumbprint(example.publicJwk)).toBe(example.thumbprintSha256)
    expect(await thumbprint(example.privateJwk)).toBe(example.thumbprintSha256)
    expect((await importJwk(example.privateJwk, 'EdDSA')).type).toBe('private')
    const verifier = await importJwk(example.publicJwk, 'EdDSA')
    const { payload } = await verifySignature(example.compactJws, verifier, { algorithms: ['EdDSA'] })
    expect(new TextDecoder().decode(payload)).toBe(example.payload)
  })
})
