// Whether a proof's `htu` is the address a request was sent to (RFC 9449 §4.2, §4.3 (9)).

/** Scheme and authority, path, and what is left out of the comparison: query and fragment. */
const PARTS = /^(https?:\/\/[^/?#\\@\s]+)(\/[^?#\\\s]*)?(?:[?#]\S*)?$/i

/**
 * Compares two addresses without their query and fragment. Scheme and host are compared as RFC 3986 §6.2.2.1 and §6.2.3 say (in any
 * case, with or without the usual port, an empty path for `/`). The path is compared to the letter: a client writes into the proof
 * what it writes into the request line, and `/a/../b` or `%2f` may be another resource for whoever answers.
 */
export function sameTarget(one: string, other: string): boolean {
  const [ours, theirs] = [read(one), read(other)]
  return ours !== undefined && theirs !== undefined && ours === theirs
}

function read(address: string): string | undefined {
  const [, authority = '', path = '/'] = PARTS.exec(address) ?? []
  return URL.canParse(authority) ? new URL(authority).origin + path : undefined
}
