// Where a guard may fetch keys from.
import { expect, test } from 'vitest'
import { issuerBase } from './issuer.ts'

test.each([
  'https://example.com',
  'https://example.com:8443',
  'http://localhost:3000',
  'http://127.0.0.1:3000',
  'http://[::1]:3000',
  'http://auth.localhost',
])('%s is an issuer', (issuer) => {
  expect(issuerBase(issuer, '/api/auth')).toBe(`${issuer}/api/auth`)
})

test.each([
  'http://example.com',
  'http://127.0.0.1.example.com',
  'http://localhost.example.com',
  'http://notlocalhost',
  'http://0.0.0.0:3000',
  'ftp://localhost',
  'file:///keys',
  'https://example.com/',
  'https://example.com/auth',
  'https://user:secret@example.com',
  'HTTPS://example.com',
  'example.com',
  '',
])('%s is none', (issuer) => {
  expect(() => issuerBase(issuer, '/api/auth')).toThrow(TypeError)
})

test.each(['api/auth', '/api/auth/', '//evil.example', '/a?b', '/a#b', '/ä'])('%s is no base path', (basePath) => {
  expect(() => issuerBase('https://example.com', basePath)).toThrow(TypeError)
})

test('no message repeats a password that was written into the address', () => {
  expect(() => issuerBase('https://user:hunter2@example.com', '/api/auth')).toThrow(/^(?!.*hunter2)/)
})
