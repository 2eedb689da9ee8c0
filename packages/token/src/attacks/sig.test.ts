// SIG: signatures that are almost genuine (RFC 7515 §5.2, RFC 7518 §3, RFC 8032 §5.1.7, RFC 8725 §3.2).
import { constants, createHash, createPrivateKey, privateEncrypt, sign, verify, createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createForger, encode, goodClaims } from '../../../../tests/support/forge-token.ts'
import { createJudge } from '../../../../tests/support/judge-token.ts'
import { ALGORITHMS, importJwk } from '../index.ts'

const [es, es384, es512, ed, rs, ps, hs] = await Promise.all([
  createJudge('ES256'),
  createJudge('ES384'),
  createJudge('ES512'),
  createJudge('EdDSA'),
  createJudge('RS256'),
  createJudge('PS256'),
  createJudge('HS256'),
])

type Judge = typeof es
const tokenOf = (one: Judge): string => one.forger.forge(one.forger.header, goodClaims)
const inputOf = (one: Judge): string => `${encode(one.forger.header)}.${encode(goodClaims)}`
const judgeSignature = (one: Judge, signature: Buffer): Promise<string> =>
  one.judge(`${inputOf(one)}.${signature.toString('base64url')}`)

test.each(ALGORITHMS)('SIG-01 %s: empty, truncated, extended, of another token, of another key', async (algorithm) => {
  const one = await createJudge(algorithm)
  expect(await one.judgeParts()).toBe('accepted')
  const genuine = one.forger.stamp(inputOf(one))
  const other = one.forger.stamp(`${inputOf(one)}x`)
  const stranger = createForger(algorithm).stamp(inputOf(one))
  const wrong = [genuine.subarray(1), genuine.subarray(0, -1), genuine.subarray(0, genuine.length / 2), other, stranger]
  wrong.push(
    Buffer.concat([genuine, Buffer.of(0)]),
    Buffer.concat([Buffer.of(0), genuine]),
    Buffer.concat([genuine, genuine]),
  )
  wrong.push(Buffer.alloc(genuine.length), Buffer.alloc(genuine.length, 255), Buffer.of(0))
  for (const signature of wrong) expect.soft(await judgeSignature(one, signature)).toBe('signature_invalid')
  expect(await one.judge(`${inputOf(one)}.`)).toBe('malformed')
})

test.each([es, ed, hs])('SIG-02 $algorithm: any one bit of the token', async (one) => {
  const token = Buffer.from(tokenOf(one))
  let accepted = 0
  for (let at = 0; at < token.length; at++) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      const flipped = Buffer.from(token)
      flipped[at] = (flipped[at] ?? 0) ^ bit
      if ((await one.judge(flipped.toString('latin1'))) === 'accepted') accepted++
    }
  }
  expect(accepted).toBe(0)
})

test.each([es, rs, ps, hs])('SIG-02 $algorithm: any one character of the token exchanged', async (one) => {
  const token = tokenOf(one)
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'B' : 'A'
    expect(await one.judge(token.slice(0, at) + other + token.slice(at + 1))).not.toBe('accepted')
  }
})

describe('ECDSA', () => {
  /** r and s side by side. */
  const pair = (r: bigint, s: bigint, bytes: number): Buffer =>
    Buffer.from(r.toString(16).padStart(2 * bytes, '0') + s.toString(16).padStart(2 * bytes, '0'), 'hex')
  const orders = [
    [es, 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
    [es384, 48, 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n],
    [es512, 66, BigInt(`0x1${'ff'.repeat(32)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`)],
  ] as const

  test('SIG-03 zero and zero, in every size and spelling', async () => {
    for (const [one] of orders) {
      for (const size of [64, 96, 132]) {
        expect(await judgeSignature(one, Buffer.alloc(size))).toBe('signature_invalid')
      }
      expect(await judgeSignature(one, Buffer.from('3006020100020100', 'hex'))).toBe('signature_invalid')
    }
    expect(await es.judge(`${inputOf(es)}.MAYCAQACAQA`)).toBe('signature_invalid')
  })

  test('SIG-04 the DER spelling of a genuine signature', async () => {
    for (const [one] of orders) {
      const key = createPrivateKey({ key: one.forger.privateJwk, format: 'jwk' })
      const hash = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' }[one.algorithm as 'ES256']
      const der = sign(hash, Buffer.from(inputOf(one)), key)
      expect(verify(hash, Buffer.from(inputOf(one)), createPublicKey(key), der)).toBe(true)
      expect(await judgeSignature(one, der)).toBe('signature_invalid')
    }
  })

  test('SIG-05 r and s at the ends of their range and beyond', async () => {
    for (const [one, bytes, n] of orders) {
      const genuine = one.forger.stamp(inputOf(one))
      const r = BigInt(`0x${genuine.subarray(0, bytes).toString('hex')}`)
      const s = BigInt(`0x${genuine.subarray(bytes).toString('hex')}`)
      expect(await judgeSignature(one, pair(r, s, bytes))).toBe('accepted')
      const edges = [0n, 1n, n - 1n, n, n + 1n, 2n ** BigInt(8 * bytes) - 1n]
      for (const edge of edges) {
        for (const signature of [pair(edge, s, bytes), pair(r, edge, bytes), pair(edge, edge, bytes)]) {
          expect.soft(await judgeSignature(one, signature)).toBe('signature_invalid')
        }
      }
      // The same numbers with zeros in front of each.
      for (const more of [1, 2, 34]) {
        expect.soft(await judgeSignature(one, pair(r, s, bytes + more))).toBe('signature_invalid')
      }
      // The same numbers modulo n, where they fit.
      for (const [x, y] of [
        [r + n, s],
        [r, s + n],
      ] as const) {
        if (x < 2n ** BigInt(8 * bytes) && y < 2n ** BigInt(8 * bytes)) {
          expect.soft(await judgeSignature(one, pair(x, y, bytes))).toBe('signature_invalid')
        }
      }
    }
  })

  test('SIG-05 signatures whose numbers begin with zeros are genuine', async () => {
    // A short r or s is where a conversion to DER goes wrong. One in 128 begins with a zero byte or a set high bit either way.
    let short = 0
    for (let round = 0; round < 2000 && short < 8; round++) {
      const genuine = es.forger.stamp(inputOf(es))
      if (genuine[0] !== 0 && genuine[32] !== 0) continue
      short++
      expect(await judgeSignature(es, genuine)).toBe('accepted')
    }
    expect(short).toBeGreaterThan(0)
  })

  test('SIG-06 r and n - s is genuine too: so a signature is nobody’s name, and no list of tokens goes by it', async () => {
    for (const [one, bytes, n] of orders) {
      const genuine = one.forger.stamp(inputOf(one))
      const s = BigInt(`0x${genuine.subarray(bytes).toString('hex')}`)
      const r = BigInt(`0x${genuine.subarray(0, bytes).toString('hex')}`)
      expect(await judgeSignature(one, pair(r, n - s, bytes))).toBe('accepted')
    }
  })
})

describe('SIG-07 Ed25519', () => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const little = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const toLittle = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()

  test('S + L', async () => {
    const genuine = ed.forger.stamp(inputOf(ed))
    const [R, S] = [genuine.subarray(0, 32), little(genuine.subarray(32))]
    expect(await judgeSignature(ed, Buffer.concat([R, toLittle(S)]))).toBe('accepted')
    for (const multiple of [1n, 2n, 7n]) {
      expect(await judgeSignature(ed, Buffer.concat([R, toLittle(S + multiple * L)]))).toBe('signature_invalid')
    }
  })

  const points = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]

  test.each(points)('a key that is a point of small order is no key: %s', async (hex) => {
    for (const sign of [0, 0x80]) {
      const x = Buffer.from(hex, 'hex')
      x[31] = (x[31] ?? 0) | sign
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }
      await expect(importJwk(jwk, 'EdDSA')).rejects.toMatchObject({ code: 'key_invalid' })
    }
  })

  test('R of small order, and R that is no point', async () => {
    const S = ed.forger.stamp(inputOf(ed)).subarray(32)
    for (const hex of points) {
      expect.soft(await judgeSignature(ed, Buffer.concat([Buffer.from(hex, 'hex'), S]))).toBe('signature_invalid')
      expect
        .soft(await judgeSignature(ed, Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(32)])))
        .toBe('signature_invalid')
    }
  })
})

describe('SIG-08 RSA with PKCS #1 padding that is almost right', () => {
  const digest = createHash('sha256').update(inputOf(rs)).digest()
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const key = createPrivateKey({ key: rs.forger.privateJwk, format: 'jwk' })
  const raw = (block: Buffer): Buffer => privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
  const block = (tail: Buffer, { first = 0, type = 1, fill = 0xff, end = 0 } = {}): Buffer =>
    Buffer.concat([Buffer.of(first, type), Buffer.alloc(256 - 3 - tail.length, fill), Buffer.of(end), tail])
  const good = Buffer.concat([info, digest])

  test('the block made here by hand is the genuine one', async () => {
    expect(await judgeSignature(rs, raw(block(good)))).toBe('accepted')
  })

  test.each([
    ['block type 2', block(good, { type: 2 })],
    ['block type 0', block(good, { type: 0 })],
    ['padding of zeros', block(good, { fill: 0 })],
    ['padding of 0xfe', block(good, { fill: 0xfe })],
    ['no separator', block(good, { end: 0xff })],
    ['no digest info', block(digest)],
    [
      'digest info without NULL',
      block(Buffer.concat([Buffer.from('302f300b0609608648016503040201', 'hex'), Buffer.of(4, 32), digest])),
    ],
    [
      'digest info of SHA-1',
      block(Buffer.concat([Buffer.from('3021300906052b0e03021a05000414', 'hex'), digest.subarray(0, 20)])),
    ],
    [
      'digest info of SHA-512',
      block(Buffer.concat([Buffer.from('3051300d060960864801650304020305000440', 'hex'), digest, digest])),
    ],
    ['garbage after the digest', block(Buffer.concat([good, Buffer.alloc(8, 1)]))],
    [
      'garbage inside of the parameters',
      block(Buffer.concat([Buffer.from('3033300f060960864801650304020105020102', 'hex'), Buffer.of(4, 32), digest])),
    ],
    [
      'little padding and much garbage',
      Buffer.concat([
        Buffer.of(0, 1),
        Buffer.alloc(8, 0xff),
        Buffer.of(0),
        good,
        Buffer.alloc(256 - 11 - good.length, 7),
      ]),
    ],
    [
      'a length in long form',
      block(Buffer.concat([Buffer.from('308131300d060960864801650304020105000420', 'hex'), digest])),
    ],
    ['the digest of something else', block(Buffer.concat([info, createHash('sha256').update('x').digest()]))],
  ])('%s', async (_, forged) => {
    expect(await judgeSignature(rs, raw(forged))).toBe('signature_invalid')
  })

  test('the signature plus the modulus, with and without a leading zero', async () => {
    const n = BigInt(`0x${Buffer.from(rs.forger.publicJwk.n ?? '', 'base64url').toString('hex')}`)
    const s = BigInt(`0x${rs.forger.stamp(inputOf(rs)).toString('hex')}`)
    const sum = (s + n).toString(16)
    for (const digits of [256, 257, 258]) {
      const hex = sum.padStart(2 * digits, '0')
      expect(await judgeSignature(rs, Buffer.from(hex, 'hex'))).toBe('signature_invalid')
    }
  })
})

describe('SIG-09 RSA-PSS with another salt, mask or digest', () => {
  const key = createPrivateKey({ key: ps.forger.privateJwk, format: 'jwk' })
  const stamped = (hash: string, saltLength: number): Buffer =>
    sign(hash, Buffer.from(inputOf(ps)), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })

  test('a salt of 32 bytes is the only one', async () => {
    expect(await judgeSignature(ps, stamped('sha256', 32))).toBe('accepted')
    for (const length of [0, 1, 20, 31, 33, 48, 64, 222]) {
      expect.soft(await judgeSignature(ps, stamped('sha256', length)), `${length}`).toBe('signature_invalid')
    }
  })

  test('another digest, or PKCS #1 under the same key', async () => {
    for (const hash of ['sha1', 'sha384', 'sha512']) {
      expect(await judgeSignature(ps, stamped(hash, 32))).toBe('signature_invalid')
    }
    expect(await judgeSignature(ps, sign('sha256', Buffer.from(inputOf(ps)), key))).toBe('signature_invalid')
  })
})
