// Strict JSON for headers and claims: one object, no member named twice, nothing that two parsers could read differently
// (RFC 7515 §4, RFC 7519 §4, RFC 7493). `JSON.parse` does the reading; what it lets pass is found by counting colons and one walk.
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
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('not a JSON object')
  // JSON.parse keeps the last of several members with one name, so then the value has fewer members than the text. One colon stands
  // behind each name; every other colon of the text is inside of a string, and is there again in the value: unless an escape hides it.
  const escapes = text.includes('\\')
  const expected = escapes ? membersOf(text) : colonsIn(text)
  if (countMembers(value, escapes, 1) !== expected) return refuse('a member is named twice')
  return value as Record<string, unknown>
}

function colonsIn(text: string): number {
  let colons = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) colons++
  return colons
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** How many members a JSON text has that may hold escapes: its colons outside strings. */
function membersOf(text: string): number {
  let members = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      for (i++; i < text.length; i++) {
        const inner = text.charCodeAt(i)
        if (inner === QUOTE) break
        if (inner === BACKSLASH) i++
      }
    } else if (code === COLON) members++
  }
  return members
}

/** Counts the members of a parsed value and, where its text has no escapes, the colons of its strings; refuses what I-JSON does. */
function countMembers(value: object, escapes: boolean, depth: number): number {
  if (depth > MAX_DEPTH) refuse('nested too deeply')
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) count += countInside(item, escapes, depth)
    return count
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') refuse('a member name that is not allowed')
    count += 1 + countText(name, escapes) + countInside((value as Record<string, unknown>)[name], escapes, depth)
  }
  return count
}

function countInside(value: unknown, escapes: boolean, depth: number): number {
  if (typeof value === 'string') return countText(value, escapes)
  if (typeof value === 'object' && value !== null) return countMembers(value, escapes, depth + 1)
  // 1e400 becomes Infinity, and 9007199254740993 becomes its neighbour: an id must not become somebody else's.
  if (
    typeof value === 'number' &&
    (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
  ) {
    refuse('a number beyond what a double holds exactly')
  }
  return 0
}

/** A name or a string: half a character can only have been written as an escape. */
function countText(text: string, escapes: boolean): number {
  if (!escapes) return colonsIn(text)
  if (!text.isWellFormed()) refuse('a string with half a character')
  return 0
}

function refuse(why: string): never {
  return refuseToken('malformed', `header or payload: ${why}`)
}
