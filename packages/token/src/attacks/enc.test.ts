// ENC: one token, two readings (RFC 7515 §2, RFC 4648 §3.5, RFC 8259, RFC 7493).
import { describe, expect, test } from 'vitest'
import { goodClaims } from '../../../../tests/support/forge-token.ts'
import { createVerifier, verifySignature } from '../index.ts'
import { createJudge, demands } from '../../../../tests/support/judge-token.ts'

// HS256 beside ES256: its signature is compared and not computed with, so it has ways of its own to go wrong.
const judges = await Promise.all([createJudge('ES256'), createJudge('HS256')])
const [es, hs] = judges
const tokenOf = (one: (typeof judges)[0]): string => one.forger.forge(one.forger.header, goodClaims)

/** A token whose three parts went through a change after, or, where the stamp allows it, before it was signed. */
async function judgeChanged(change: (part: string) => string[]): Promise<void> {
  for (const one of judges) {
    const parts = tokenOf(one).split('.')
    for (const at of [0, 1, 2]) {
      for (const changed of change(parts[at] ?? '')) {
        const bent = parts.with(at, changed)
        expect
          .soft(await one.judge(bent.join('.')), `${one.algorithm}, part ${at}: changed after signing`)
          .not.toBe('accepted')
        if (at === 2) continue
        // The harder case: whoever signs spells it so. The signature is genuine, the spelling is not canonical.
        const input = `${bent[0]}.${bent[1]}`
        // Whoever reads the text as bytes may take it for UTF-8 or keep the low byte of each character.
        for (const encoding of ['utf8', 'latin1'] as const) {
          const stamped = `${input}.${one.forger.stamp(Buffer.from(input, encoding)).toString('base64url')}`
          expect
            .soft(await one.judge(stamped), `${one.algorithm}, part ${at}: changed before signing`)
            .toBe('malformed')
          await expect
            .soft(verifySignature(stamped, one.key, { algorithms: [one.algorithm] }))
            .rejects.toMatchObject({ code: 'malformed' })
        }
      }
    }
  }
}

const insert = (what: string) => (part: string) => [what + part, part.slice(0, 9) + what + part.slice(9), part + what]

test('what is changed below is accepted unchanged', async () => {
  for (const one of judges) expect(await one.judge(tokenOf(one))).toBe('accepted')
})

test.each([' ', '\t', '\r', '\n', '\r\n', '\u00a0', '\u0000', '\u200b', '\ufeff'])(
  'ENC-01 white space %j',
  async (space) => {
    await judgeChanged(insert(space))
  },
)

test.each(['=', '==', '%3D'])('ENC-02 padding %s', async (padding) => {
  await judgeChanged((part) => [part + padding])
})

test('ENC-03 the other alphabet', async () => {
  await judgeChanged(insert('+'))
  await judgeChanged(insert('/'))
  // The same bytes in the other alphabet, where they differ at all.
  await judgeChanged((part) => {
    const other = part.replaceAll('-', '+').replaceAll('_', '/')
    return other === part ? [] : [other]
  })
})

test('ENC-04 unused bits that are not zero', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  let changed = 0
  await judgeChanged((part) => {
    // Two characters past a whole group leave four bits unused, three leave two.
    const unused = [0, 0, 4, 2][part.length % 4] ?? 0
    if (unused === 0) return []
    changed++
    const last = alphabet.indexOf(part.at(-1) ?? '')
    return [part.slice(0, -1) + alphabet[last | 1], part.slice(0, -1) + alphabet[last | (2 ** unused - 1)]]
  })
  expect(changed).toBeGreaterThan(1)
})

test.each(['?', '#', '%', ',', ';', '!', '~', '*', '"', '\\', 'é', '漢', '😀'])('ENC-05 %s inserted', async (sign) => {
  await judgeChanged(insert(sign))
})

test('ENC-05 a character whose low byte is a good one', async () => {
  // U+0141 is "A" to whoever keeps eight bits of it.
  await judgeChanged((part) => [0, 5, part.length - 1].map((at) => raise(part, at)))
  function raise(part: string, at: number): string {
    return part.slice(0, at) + String.fromCharCode(part.charCodeAt(at) + 0x100) + part.slice(at + 1)
  }
})

test('ENC-06 not three parts', async () => {
  const token = tokenOf(es)
  const [header, payload, signature] = token.split('.')
  const wrong = ['', '.', '..', '...', header, `${header}.`, `${header}.${payload}`, `${header}.${payload}.`]
  wrong.push(`.${payload}.${signature}`, `${token}.`, `.${token}`, `${token}.${signature}`, `${token}.${signature}.x.y`)
  for (const one of wrong) expect.soft(await es.judge(one)).toBe('malformed')
  expect(await es.judge(`${header}..${signature}`)).toBe('signature_invalid')
  for (const maxLength of [8192, 2_000_000]) {
    expect(await es.judge('.'.repeat(1_000_000), { maxLength })).toBe('malformed')
  }
})

test('ENC-07 the JSON serialisations, as text and as an object', async () => {
  const [header, payload, signature] = tokenOf(es).split('.')
  const flattened = { protected: header, payload, signature }
  const general = { payload, signatures: [{ protected: header, signature }] }
  for (const form of [flattened, general]) {
    expect(await es.judge(JSON.stringify(form))).toBe('malformed')
    expect(await es.judge(form)).toBe('malformed')
  }
})

test('ENC-08 JSON that splits like a compact token', async () => {
  const [header, payload, signature] = tokenOf(es).split('.')
  const polyglot = `{" ${header}.${payload}.${signature}":"","protected":"${header}","payload":"${payload}"}`
  expect(await es.judge(polyglot)).toBe('malformed')
  expect(await es.judge(`${header}.${payload}.${signature}"}`)).toBe('signature_invalid')
})

describe('ENC-09 text that is not UTF-8', () => {
  const json = JSON.stringify(goodClaims)
  /** The text with bytes put into its last string. */
  const withBytes = (text: string, ...bytes: number[]): Buffer => {
    const at = text.lastIndexOf('"')
    return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bytes), Buffer.from(text.slice(at))])
  }
  const header = JSON.stringify({ alg: 'ES256', kid: 'key-1', typ: 'at+jwt', more: '1' })
  const claims = json.replace('}', ',"more":"1"}')

  test.each([
    ['a byte that never occurs', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a lone surrogate', [0xed, 0xa0, 0x80]],
    ['a truncated character', [0xe2, 0x82]],
    ['a continuation without a start', [0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('%s', async (_, bytes) => {
    for (const one of judges) {
      const own = header.replace('ES256', one.algorithm)
      expect(await one.judgeParts(own, claims)).toBe('accepted')
      expect(await one.judgeParts(own, withBytes(claims, ...bytes))).toBe('malformed')
      expect(await one.judgeParts(withBytes(own, ...bytes), claims)).toBe('malformed')
    }
  })

  test('a byte order mark, UTF-16, UTF-32', async () => {
    for (const one of judges) {
      const own = JSON.stringify(one.forger.header)
      for (const encoding of [
        (text: string) => Buffer.from(`\ufeff${text}`),
        (text: string) => Buffer.from(text, 'utf16le'),
        (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
        (text: string) => Buffer.from(text, 'utf16le').swap16(),
        (text: string) => Buffer.from(text.split('').flatMap((unit) => [unit.charCodeAt(0), 0, 0, 0])),
      ]) {
        expect(await one.judgeParts(own, encoding(json))).toBe('malformed')
        expect(await one.judgeParts(encoding(own), json)).toBe('malformed')
      }
    }
  })

  test('half a character, written as an escape', async () => {
    for (const half of ['\\ud800', '\\udfff', 'x\\uD83D', '\\ude00\\ud83d']) {
      expect(await hs.judgeParts(hs.forger.header, claims.replace('"1"', `"${half}"`))).toBe('malformed')
      expect(await hs.judgeParts(hs.forger.header, claims.replace('"more"', `"${half}"`))).toBe('malformed')
      expect(await hs.judgeParts(hs.forger.header, claims.replace('"1"', `[["${half}"]]`))).toBe('malformed')
    }
    expect(await hs.judgeParts(hs.forger.header, claims.replace('"1"', '"\\ud83d\\ude00"'))).toBe('accepted')
  })
})

test.each([[], [goodClaims], 'text', 7, null, true, ''])('ENC-10 a payload that is %j', async (payload) => {
  for (const one of judges) expect(await one.judgeParts(one.forger.header, JSON.stringify(payload))).toBe('malformed')
})

test('ENC-11 a member named twice, anywhere', async () => {
  const json = JSON.stringify(goodClaims)
  for (const twice of [
    '"sub":"user-1"',
    '"sub":"admin"',
    '"exp":1900000000',
    '"aud":"https://api.example"',
    '"\\u0073ub":"admin"',
    '"more":{"a":1,"a":1}',
    '"more":[{"a":{"b":1,"c":[],"b":2}}]',
    '"more":{"":1,"":1}',
    // An escape hides a colon of the last value, so that there are as many colons as members after all.
    '"more":1,"more":"\\u003a"',
    '"a:b":1,"a:b":":"',
  ]) {
    expect.soft(await hs.judgeParts(hs.forger.header, json.replace('}', `,${twice}}`)), twice).toBe('malformed')
  }
  // Colons and quotes inside of strings are no members, and the same name in different objects is no repetition.
  const more = { 'a:b': 'x:"y":', quote: '"', back: '\\', escaped: '\\":', inner: { a: { a: [{ a: 1 }, { a: 2 }] } } }
  expect(await hs.judgeParts(hs.forger.header, { ...goodClaims, more })).toBe('accepted')
  const plain = { 'a:b': 'x:,{:}', ':': [':', { ':': '::' }], inner: more.inner }
  expect(await hs.judgeParts(hs.forger.header, { ...goodClaims, more: plain })).toBe('accepted')
})

test('ENC-12 nesting, and strings without end', async () => {
  const nested = (depth: number): string =>
    JSON.stringify(goodClaims).replace('}', `,"more":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  expect(await hs.judgeParts(hs.forger.header, nested(15))).toBe('accepted')
  expect(await hs.judgeParts(hs.forger.header, nested(16))).toBe('malformed')
  expect(await hs.judge(hs.forger.forge(hs.forger.header, nested(10_000)), { maxLength: 100_000 })).toBe('malformed')
  const open = JSON.stringify(goodClaims).replace('}', `,"more":${'{"a":'.repeat(10_000)}`)
  expect(await hs.judge(hs.forger.forge(hs.forger.header, open), { maxLength: 100_000 })).toBe('malformed')
  const long = hs.forger.forge(hs.forger.header, { ...goodClaims, more: 'x'.repeat(1_000_000) })
  expect(await hs.judge(long)).toBe('malformed')
  expect(await hs.judge(long, { maxLength: 2_000_000 })).toBe('accepted')
})

describe('ENC-13 numbers', () => {
  const withNumber = (number: string): string => JSON.stringify(goodClaims).replace('}', `,"more":${number}}`)

  test.each(['1e400', '-1e400', '9007199254740993', '1e300', '-9007199254740993', '[1e999]', '{"a":9007199254740992}'])(
    '%s is not what it looks like, and refused',
    async (number) => expect(await hs.judgeParts(hs.forger.header, withNumber(number))).toBe('malformed'),
  )

  test.each(['01', '+1', '1.', '.5', '0x10', 'NaN', 'Infinity', '-', '1e', '1_000'])(
    '%s is no JSON, and refused',
    async (number) => expect(await hs.judgeParts(hs.forger.header, withNumber(number))).toBe('malformed'),
  )

  test.each(['-0', '1E2', '1.5e-3', '9007199254740991', '0.1'])('%s is a number like another', async (number) => {
    expect(await hs.judgeParts(hs.forger.header, withNumber(number))).toBe('accepted')
  })
})

test.each(['{}', ' x', '//', '/* */', ',', ';', '\u0000', ']', '}'])('ENC-14 %j after the end', async (garbage) => {
  for (const one of judges) {
    expect(await one.judgeParts(JSON.stringify(one.forger.header) + garbage)).toBe('malformed')
    expect(await one.judgeParts(one.forger.header, JSON.stringify(goodClaims) + garbage)).toBe('malformed')
  }
})

test('ENC-15 what is no JSON is refused as header and as payload; what is, and no object, too', async () => {
  // The grammar's corners, after RFC 8259. (The 318 files of JSONTestSuite are not in this repository.)
  const broken = ['', ' ', '{', '}', '{"a"}', '{"a":}', '{a:1}', "{'a':1}", '{"a":1,}', '{,"a":1}', '{"a":1 "b":2}']
  broken.push('{"a":tru}', '{"a":True}', '{"a":undefined}', '{"a":"\t"}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"}')
  broken.push(
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1}',
    '{"a":{"b":1]}',
    '{"a"::1}',
    '{"a":1}}',
    '{"a":"\\"}',
    '{"a":\v1}',
  )
  broken.push('{"a":1}\f', '\u00a0{"a":1}', '{"a":"\u0000"}', '{"a":-}', '{"a":--1}', '{"a":1e+}', '{"a":"\\U0041"}')
  const noObject = ['[]', '"{}"', '0', 'null', 'true', '[{}]', '"a"']
  for (const text of [...broken, ...noObject]) {
    expect.soft(await hs.judgeParts(hs.forger.header, text), text).toBe('malformed')
    expect.soft(await hs.judgeParts(text), text).toBe('malformed')
  }
  const { alg, typ, kid } = hs.forger.header
  const spaced = ` {\t"alg" :\r\n"${alg}" , "typ":"${typ}","k\\u0069d":"${kid}" } `
  expect(await hs.judgeParts(spaced, ` ${JSON.stringify(goodClaims, undefined, 2)}\n`)).toBe('accepted')
})

test('ENC-16 names that mean something to objects', async () => {
  const evil = JSON.stringify(goodClaims).replace('}', ',"__proto__":{"admin":true}}')
  expect(await hs.judgeParts(hs.forger.header, evil)).toBe('malformed')
  expect(await hs.judgeParts(`{"alg":"HS256","typ":"at+jwt","kid":"key-1","__proto__":{"admin":true}}`)).toBe(
    'malformed',
  )
  const verifier = createVerifier(hs.key, { ...demands, algorithms: ['HS256'] })
  const payload = { ...goodClaims, constructor: { prototype: { admin: true } }, toString: 'text' }
  const { claims } = await verifier(hs.forger.forge(hs.forger.header, payload))
  expect(Object.hasOwn(claims, 'constructor')).toBe(true)
  expect(Object.getPrototypeOf(claims)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  // What is not there is not inherited either: a token without claims does not have those of every object.
  expect(await hs.judgeParts({ typ: 'at+jwt', kid: 'key-1' })).toBe('header_invalid')
})

test('ENC-17 longer than the limit, before any work', async () => {
  const padded = (by: number): string => es.forger.forge(es.forger.header, { ...goodClaims, more: 'x'.repeat(by) })
  let by = 5700
  while (padded(by + 1).length <= 8192) by++
  expect(await es.judge(padded(by))).toBe('accepted')
  expect(await es.judge(padded(by + 1))).toBe('malformed')
  const token = tokenOf(es)
  expect(await es.judge(token, { maxLength: token.length })).toBe('accepted')
  expect(await es.judge(token, { maxLength: token.length - 1 })).toBe('malformed')
})
