// The two backends are one to everybody above them, and each project of the test run has the one its name says.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import * as backend from '#crypto'
import { expect, test } from 'vitest'
import { createForger, goodClaims } from '../../../../tests/support/forge-token.ts'
import { demands } from '../../../../tests/support/judge-token.ts'
import { ALGORITHMS, algorithmRow, type HmacRow } from '../algorithms.ts'
import { createSigner, createVerifier, generateKeyPair, importJwk, importSecret } from '../index.ts'
import { fromDer, toDer } from './ecdsa-der.ts'

test('this project has its backend, and on Node everything is answered at once', async ({ task }) => {
  const web = task.file.projectName === 'token-web'
  for (const algorithm of ALGORITHMS) {
    const forger = createForger(algorithm)
    const key = await importJwk(forger.publicJwk, algorithm)
    const verifier = createVerifier(key, { ...demands, algorithms: [algorithm] })
    const answer = verifier(forger.forge(forger.header, goodClaims))
    expect(answer instanceof Promise).toBe(web)
    expect((await answer).claims).toEqual(goodClaims)
    const signed = createSigner(await importJwk(forger.privateJwk, algorithm), { type: 'at+jwt' })(goodClaims)
    expect(signed instanceof Promise).toBe(web)
  }
})

test('HMAC is HMAC: against node:crypto, for keys shorter than, as long as and longer than a block, and for any text', async () => {
  for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) {
    const row = algorithmRow(algorithm) as HmacRow
    for (const size of [row.bytes, row.block - 1, row.block, row.block + 1, 3 * row.block]) {
      const key = randomBytes(size)
      const handle = await backend.importSecret(Uint8Array.from(key), row)
      for (const length of [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000, 8191, 8192, 8193, 20_000]) {
        const text = randomBytes(length).toString('base64url').slice(0, length)
        const expected = createHmac(`sha${algorithm.slice(2)}`, key)
          .update(text)
          .digest('base64url')
        expect(await handle.sign?.(text)).toBe(expected)
        expect(await handle.verify?.(text, expected)).toBe(true)
        expect(await handle.verify?.(`${text}x`, expected)).toBe(false)
        expect(
          await handle.verify?.(
            text,
            expected.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')),
          ),
        ).toBe(false)
      }
    }
  }
})

test('HMAC by the vectors of RFC 4231, §4.2 to §4.8, where the key is long enough for JWS', async () => {
  // Test case 6: a key of 131 bytes, which is hashed first.
  const key = new Uint8Array(131).fill(0xaa)
  const text = 'Test Using Larger Than Block-Size Key - Hash Key First'
  for (const [algorithm, mac] of [
    ['HS256', '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
    ['HS384', '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952'],
    [
      'HS512',
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
    ],
  ] as const) {
    const handle = await backend.importSecret(Uint8Array.from(key), algorithmRow(algorithm) as HmacRow)
    expect(await handle.sign?.(text)).toBe(Buffer.from(mac, 'hex').toString('base64url'))
  }
})

test('two signers of one secret do not disturb each other, and the bytes are the caller’s to change', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const [one, other] = [await importSecret(bytes, 'HS256'), await importSecret(randomBytes(32), 'HS256')]
  const [signOne, signOther] = [createSigner(one, { type: 'JWT' }), createSigner(other, { type: 'JWT' })]
  const first = await signOne({ a: 1 })
  bytes.fill(0)
  await signOther({ a: 'x'.repeat(500) })
  expect(await signOne({ a: 1 })).toBe(first)
})

test('text of any length is encoded and decoded, and only in the one way it can be', () => {
  for (const length of [0, 1, 2, 3, 100, 2730, 2731, 6143, 6144, 6145, 20_000]) {
    for (const unit of ['a', 'é', '漢', '\ufffd', '😀']) {
      const text = unit.repeat(length)
      const part = backend.encodeText(text)
      expect(part).toBe(Buffer.from(text).toString('base64url'))
      expect(backend.decodeText(part)).toBe(text)
      expect(backend.decodeText(`${part}=`)).toBeUndefined()
    }
  }
  for (const part of ['A', 'AAAAA', 'AB', 'AAB', 'AA==', 'AA ', '+/+/', 'AA\n', 'gA', '_w']) {
    expect(backend.decodeText(part), part).toBeUndefined()
  }
  for (const length of [10, 7000]) {
    expect(backend.decodeText(Buffer.alloc(length, 0xff).toString('base64url'))).toBeUndefined()
  }
  expect([...(backend.decodeBytes('_w') ?? [])]).toEqual([255])
  expect(backend.decodeBytes('_x')).toBeUndefined()
})

test('ECDSA signatures survive both spellings, whatever zeros their numbers begin with', () => {
  for (const [namedCurve, bytes] of [
    ['P-256', 32],
    ['P-384', 48],
    ['P-521', 66],
  ] as const) {
    const pair = generateKeyPairSync('ec', { namedCurve })
    for (let round = 0; round < 300; round++) {
      const message = Buffer.from(`${round}`)
      const raw = sign('sha256', message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
      expect(verify('sha256', message, pair.publicKey, toDer(raw))).toBe(true)
      const der = sign('sha256', message, pair.privateKey)
      expect(toDer(Buffer.from(fromDer(der, bytes), 'base64url'))).toEqual(der)
    }
    // Numbers of every length, by hand: OpenSSL's own encoder is not asked, RFC 3279 is.
    for (let zeros = 0; zeros < bytes; zeros++) {
      for (const high of [0x01, 0x7f, 0x80, 0xff]) {
        const number = Buffer.alloc(bytes, 0x11).fill(0, 0, zeros)
        number[zeros] = high
        const raw = Buffer.concat([number, number])
        const integer = Buffer.concat([Buffer.alloc(high >> 7), number.subarray(zeros)])
        const part = Buffer.concat([Buffer.of(2, integer.length), integer])
        const body = Buffer.concat([part, part])
        const der = Buffer.concat([
          Buffer.from(body.length > 127 ? [0x30, 0x81, body.length] : [0x30, body.length]),
          body,
        ])
        expect(toDer(raw)).toEqual(der)
        expect(fromDer(der, bytes)).toBe(raw.toString('base64url'))
      }
    }
    expect(toDer(Buffer.alloc(2 * bytes)).toString('hex')).toBe('3006020100020100')
  }
})

test.each(ALGORITHMS.filter((algorithm) => !algorithm.startsWith('HS')))(
  'a pair made here for %s is what node:crypto takes it for',
  async (algorithm) => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
    const { exportJwk, exportPublicJwk } = await import('../index.ts')
    const [jwk, publicJwk] = [await exportJwk(privateKey), await exportPublicJwk(privateKey)]
    expect(await exportPublicJwk(publicKey)).toEqual(publicJwk)
    const { d: _, p: __, q: ___, dp: ____, dq: _____, qi: ______, ...members } = jwk
    expect(members).toEqual(publicJwk)
    const key = createPrivateKey({ key: { ...jwk, key_ops: [] }, format: 'jwk' })
    expect(createPublicKey(key).export({ format: 'jwk' })).toEqual(
      createPublicKey({ key: { ...publicJwk }, format: 'jwk' }).export({ format: 'jwk' }),
    )
    await expect(exportJwk((await generateKeyPair(algorithm)).privateKey)).rejects.toThrow(TypeError)
  },
)
