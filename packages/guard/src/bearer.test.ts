// What counts as a bearer token in an Authorization header.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBearer } from './bearer.ts'

const token = 'eyJhbGciOi.J9-_~+/.x=='

describe('one token68 behind the scheme (RFC 6750 section 2.1, RFC 9110 section 11.4)', () => {
  test.each([`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, `bEaReR   ${token}`])('%s', (value) => {
    expect(readBearer(value)).toEqual({ kind: 'bearer', token })
    expect(readBearer([value])).toEqual({ kind: 'bearer', token })
  })
})

test.each([`DPoP ${token}`, `dpop ${token}`, `DPOP   ${token}`])('a token that goes with a proof: %s', (value) => {
  expect(readBearer(value)).toEqual({ kind: 'dpop', token })
})

test.each([undefined, null, [], '', 'Basic dXNlcjpwYXNz', `Token ${token}`, token, `Bearerer ${token}`])(
  'no bearer token is offered: %s',
  (value) => {
    expect(readBearer(value)).toEqual({ kind: 'none' })
  },
)

test.each([
  'Bearer',
  'Bearer ',
  `Bearer\t${token}`,
  `Bearer ${token} `,
  ` Bearer ${token}`.trimStart() + '\t',
  `Bearer ${token} ${token}`,
  `Bearer ${token}, Bearer ${token}`,
  `Bearer ${token},`,
  `Basic dXNlcjpwYXNz, Bearer ${token}`,
  `DPoP ${token}, Bearer ${token}`,
  `Bearer ${token}, DPoP ${token}`,
  `DPoP ${token} ${token}`,
  'DPoP',
  `DPoP\t${token}`,
  `Bearer "${token}"`,
  'Bearer %65%79',
  'Bearer 🎫',
  'Bearer a=b',
  'Bearer ==',
  'Bearer a\u0000b',
])('malformed: %j', (value) => {
  expect(readBearer(value)).toEqual({ kind: 'malformed' })
})

test('two headers are refused, even two of the same', () => {
  expect(readBearer([`Bearer ${token}`, `Bearer ${token}`])).toEqual({ kind: 'malformed' })
  expect(readBearer(['Basic eA==', `Bearer ${token}`])).toEqual({ kind: 'malformed' })
})

test('whatever the header holds, it is read without throwing, and a token comes out whole or not at all', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((text) => `Bearer ${text}`),
      ),
      (value) => {
        const read = readBearer(value)
        if (read.kind === 'bearer') expect(value.toLowerCase()).toMatch(/^bearer +/)
        if (read.kind === 'bearer') expect(value.endsWith(` ${read.token}`)).toBe(true)
      },
    ),
    { numRuns: 2_000 },
  )
})
