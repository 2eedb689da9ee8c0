// Strict JSON for headers and claims: one object, no member named twice, nothing that two parsers could read differently
// (RFC 7515 §4, RFC 7519 §4, RFC 7493). `JSON.parse` does the reading; what it lets pass is found by one scan and one walk.
import { refuse as refuseToken } from './errors.ts'

/** Deeper nesting is nobody's claims, and unbounded recursion is somebody's attack. */
const MAX_DEPTH = 16

/**
 * Parses a JSON object.
 *
 * @throws TokenError `malformed` for anything but one object, and for what RFC 7493 (I-JSON) rules out: repeated members, lone
 *   surrogates, numbers that are not what they look like. `__proto__` as a member is refused as well: no claim has that name,
 *   and whoever copies claims with `Object.assign` would be caught by it.
 */
export function parseObject(text: string): Record<string, unknown> {
  const scan = scanMembers(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('not a JSON object')
  if (scan < 0) return refuse('nested too deeply')
  // JSON.parse keeps the last of several members with one name, so then there are fewer keys than there were colons.
  const escapes = text.includes('\\')
  if (countMembers(value, escapes) !== scan) return refuse('a member is named twice')
  return value as Record<string, unknown>
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const CLOSE_BRACE = 0x7d
const CLOSE_BRACKET = 0x5d

/** How many members a JSON text has (its colons outside strings), or -1 when it nests too deeply. Means nothing for other text. */
function scanMembers(text: string): number {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      for (i++; i < text.length; i++) {
        const inner = text.charCodeAt(i)
        if (inner === QUOTE) break
        if (inner === BACKSLASH) i++
      }
    } else if (code === COLON) members++
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return -1
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return members
}

/** Counts the members of a parsed value and refuses what I-JSON does. */
function countMembers(value: object, escapes: boolean): number {
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) members += countInside(item, escapes)
    return members
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__' || (escapes && !name.isWellFormed())) return refuse('a member name that is not allowed')
    members += 1 + countInside((value as Record<string, unknown>)[name], escapes)
  }
  return members
}

function countInside(value: unknown, escapes: boolean): number {
  if (typeof value === 'string') {
    if (escapes && !value.isWellFormed()) refuse('a string with half a character')
  } else if (typeof value === 'number') {
    // 1e400 becomes Infinity, and 9007199254740993 becomes its neighbour: an id must not become somebody else's.
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      refuse('a number beyond what a double holds exactly')
    }
  } else if (typeof value === 'object' && value !== null) return countMembers(value, escapes)
  return 0
}

function refuse(why: string): never {
  return refuseToken('malformed', `header or payload: ${why}`)
}
