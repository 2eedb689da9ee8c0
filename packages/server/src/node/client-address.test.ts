// Whose address a request has, by what the proxies in front of us wrote down and what anybody could have written.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientAddress, plainAddress } from './client-address.ts'

const PEER = '10.0.0.1'

test.each<[string, readonly string[], number, string]>([
  ['nobody is trusted', ['203.0.113.9'], 0, PEER],
  ['one proxy', ['203.0.113.9'], 1, '203.0.113.9'],
  ['one proxy behind a liar', ['192.0.2.66, 203.0.113.9'], 1, '203.0.113.9'],
  ['a liar with a line of their own', ['192.0.2.66', '203.0.113.9'], 1, '203.0.113.9'],
  ['two proxies', ['192.0.2.66, 203.0.113.9, 10.0.0.2'], 2, '203.0.113.9'],
  ['two proxies, one went around', ['203.0.113.9'], 2, '203.0.113.9'],
  ['a proxy that says nothing', [], 1, PEER],
  ['a proxy that says nonsense', ['unknown'], 1, PEER],
  ['a port', ['203.0.113.9:4711'], 1, '203.0.113.9'],
  ['a port on IPv6', ['[2001:db8::1]:4711'], 1, '2001:db8::1'],
])('%s', (_, forwardedFor, trustedProxies, expected) => {
  expect(clientAddress(PEER, forwardedFor, trustedProxies)).toBe(expected)
})

test.each([
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:203.0.113.9', '203.0.113.9'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['203.0.113.9', '203.0.113.9'],
])('%s is written %s', (text, expected) => {
  expect(plainAddress(text)).toBe(expected)
})

test.each([undefined, '', 'localhost', '203.0.113', '203.0.113.9.1', '[]', '[::1', '::ffff:999.1.1.1', '0x7f000001'])(
  '%s is no address',
  (text) => {
    expect(plainAddress(text)).toBeUndefined()
  },
)

test('whatever a client writes into the header, what the last proxy adds is what counts', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), fc.ipV4(), (lies, told) => {
      const forwardedFor = [...lies.map((lie) => lie.replaceAll(/[\r\n]/g, '')), told].join(', ')
      expect(clientAddress(PEER, [forwardedFor], 1)).toBe(told)
    }),
  )
})
