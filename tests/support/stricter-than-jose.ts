// Why a token that jose accepts is refused by @hallpass/token, judged from the token alone.
import { NOW } from './forge-token.ts'

/** Why a token that jose accepts is refused here. docs/token.md has the same list. */
export const REASONS = [
  'a member is named twice',
  'a byte order mark',
  'a spelling that is not canonical',
  'a number or text that is not what it looks like',
  'nesting deeper than sixteen',
  'a header that brings its own key',
  'an extension or nesting nobody asked for',
  'another name than its key has, or no name',
  'sub, jti or iat of another form, or iat in the future',
  'an audience that is not only text',
  'an expiry in milliseconds',
  'a token bound to a key',
  'longer than a header may be',
] as const
export type Reason = (typeof REASONS)[number]

/** Judged from the token alone, not from what we answered: a refusal without one of these is a failure. */
export function stricterReason(token: string): Reason | undefined {
  if (token.length > 8192) return 'longer than a header may be'
  const parts = token.split('.')
  const texts = parts.slice(0, 2).map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  if (parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) {
    return 'a spelling that is not canonical'
  }
  if (texts.some((text) => text.startsWith('\ufeff'))) return 'a byte order mark'
  const [header, claims] = texts.map((text) => JSON.parse(text) as Record<string, unknown>)
  for (const [text, value] of texts.map((text, at) => [text, at === 0 ? header : claims] as const)) {
    if (depth(value) > 16) return 'nesting deeper than sixteen'
    if (members(value) !== membersOf(text)) return 'a member is named twice'
    if (odd(value)) return 'a number or text that is not what it looks like'
  }
  if (header === undefined || claims === undefined) return undefined
  if (['crit', 'b64', 'zip', 'cty', 'enc'].some((name) => Object.hasOwn(header, name))) {
    return 'an extension or nesting nobody asked for'
  }
  if (['jwk', 'jku', 'x5u', 'x5c'].some((name) => Object.hasOwn(header, name)))
    return 'a header that brings its own key'
  const { kid } = header
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 256 || kid !== 'key-1')) {
    return 'another name than its key has, or no name'
  }
  const { sub, jti, iat, nbf, exp, cnf } = claims
  const id = (value: unknown): boolean =>
    value === undefined || (typeof value === 'string' && value !== '' && value.length <= 255)
  const start = (value: unknown): boolean =>
    value === undefined || (typeof value === 'number' && value >= 0 && value <= NOW)
  if (!id(sub) || !id(jti) || !start(iat) || !start(nbf)) return 'sub, jti or iat of another form, or iat in the future'
  if (Array.isArray(claims['aud']) && !claims['aud'].every((one) => typeof one === 'string')) {
    return 'an audience that is not only text'
  }
  if (typeof exp === 'number' && exp > 253_402_300_799) return 'an expiry in milliseconds'
  return cnf === undefined ? undefined : 'a token bound to a key'
}

const children = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : []
const depth = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...children(value).map(depth)) : 0
const members = (value: unknown): number =>
  children(value).reduce<number>(
    (sum, inner) => sum + members(inner),
    Array.isArray(value) ? 0 : children(value).length,
  )
/** Another way to count than the code's: with every string taken out, each colon is a member. */
const membersOf = (text: string): number => text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
const odd = (value: unknown): boolean =>
  (typeof value === 'string' && !value.isWellFormed()) ||
  (typeof value === 'number' &&
    (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))) ||
  (typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).some((name) => name === '__proto__' || !name.isWellFormed())) ||
  children(value).some(odd)
