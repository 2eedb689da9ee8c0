// Which members of an exported JWK are public and which are private, so that both backends hand out the same.
import type { Jwk } from '../jwk.ts'

/** The public members of a key, without what a backend adds. */
export function publicMembers(jwk: Jwk): Jwk {
  return pick(jwk, ['crv', 'e', 'kty', 'n', 'x', 'y'])
}

/** The private members of a key. */
export function privateMembers(jwk: Jwk): Jwk {
  return pick(jwk, ['d', 'p', 'q', 'dp', 'dq', 'qi'])
}

function pick(jwk: Jwk, names: readonly string[]): Jwk {
  const members: Record<string, unknown> = {}
  for (const name of names) if (jwk[name] !== undefined) members[name] = jwk[name]
  return Object.freeze(members)
}
