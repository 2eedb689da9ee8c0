// Which claims are those of an access token.
import { expect, test } from 'vitest'
import { readAccessClaims } from './access-claims.ts'

const claims = {
  iss: 'https://example.com',
  aud: 'https://api.example.com',
  sub: 'user-1',
  sid: 'session-1',
  jti: 'token-1',
  iat: 1_800_000_000,
  exp: 1_800_000_900,
  auth_time: 1_800_000_000,
  amr: ['pwd'],
}

test('claims come out as they are, with what the issuer added', () => {
  expect(readAccessClaims({ ...claims, role: 'editor' })).toEqual({ ...claims, role: 'editor' })
})

test.each(Object.keys(claims).filter((name) => name !== 'aud'))('%s must be there', (name) => {
  expect(readAccessClaims({ ...claims, [name]: undefined })).toBeUndefined()
  expect(readAccessClaims({ ...claims, [name]: null })).toBeUndefined()
  expect(readAccessClaims({ ...claims, [name]: { toString: () => 'x' } })).toBeUndefined()
})

test.each(['sub', 'sid', 'jti'])('%s is a name: not empty, no number, no half of a character', (name) => {
  for (const value of ['', 7, ['user-1'], 'a\ud800', '\udc00a'])
    expect(readAccessClaims({ ...claims, [name]: value })).toBeUndefined()
  expect(readAccessClaims({ ...claims, [name]: '😀 with a space' })).toBeDefined()
})

test.each([{ amr: 'pwd' }, { amr: [7] }, { iat: '1800000000' }, { exp: NaN }, { auth_time: Infinity }])(
  '%j is refused',
  (odd) => {
    expect(readAccessClaims({ ...claims, ...odd })).toBeUndefined()
  },
)
