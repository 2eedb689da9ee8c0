// The same-origin guard over the headers that browsers send, row by row.
import { expect, test } from 'vitest'
import { assertSameOrigin, corsHeaders } from './same-origin.ts'

const issuer = 'https://app.example.com'
const allowed = new Set(['https://www.example.com'])
const ask = (headers: Record<string, string>) => () => assertSameOrigin(new Headers(headers), issuer, allowed)

test.each<[string, Record<string, string>]>([
  ['our own page', { 'sec-fetch-site': 'same-origin', origin: issuer }],
  ['our own page, without Origin', { 'sec-fetch-site': 'same-origin' }],
  ['an allow-listed page', { 'sec-fetch-site': 'same-site', origin: 'https://www.example.com' }],
  ['an old browser with our Origin', { origin: issuer }],
  ['no browser at all', {}],
])('%s may', (_, headers) => {
  expect(ask(headers)).not.toThrow()
})

test.each<[string, Record<string, string>]>([
  ['a sibling host', { 'sec-fetch-site': 'same-site', origin: 'https://blog.example.com' }],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ['a typed address or a bookmark', { 'sec-fetch-site': 'none' }],
  ['a sibling that forged our Origin in an old browser', { 'sec-fetch-site': 'same-site', origin: issuer }],
  ['an old browser with another Origin', { origin: 'https://evil.example' }],
  ['an old browser with the opaque origin', { origin: 'null' }],
  ['a suffix of an allowed origin', { origin: 'https://www.example.com.evil.example' }],
  ['an allowed origin over http', { origin: 'http://www.example.com' }],
  ['an allowed origin on another port', { origin: 'https://www.example.com:8443' }],
  ['a navigation, even of our own', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', origin: issuer }],
  ['a prefetch', { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch' }],
  ['a prerender', { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch;prerender' }],
])('%s may not', (_, headers) => {
  expect(ask(headers)).toThrow(expect.objectContaining({ code: 'forbidden_origin' }))
})

test('credentialed CORS is for the exact allow-listed origin alone', () => {
  expect(corsHeaders('https://www.example.com', allowed)).toMatchObject({
    'access-control-allow-origin': 'https://www.example.com',
    'access-control-allow-credentials': 'true',
  })
  for (const origin of [null, 'null', '*', issuer, 'https://WWW.example.com', 'https://www.example.com/']) {
    expect(corsHeaders(origin, allowed)).toEqual({})
  }
})
