// E-mail addresses: what is accepted, and the key that makes one unique.
import { z } from 'zod'

/** RFC 5321, 4.5.3.1.3: a path of 256 octets with its brackets. */
const LONGEST = 254
const address = z.email().max(LONGEST)

/**
 * Reads an e-mail address as people write it: ASCII, one address, no display name, no comments.
 *
 * @returns the address as written and the key that makes it unique (lower case), or undefined when it is none
 */
export function parseEmail(text: string): { readonly email: string; readonly key: string } | undefined {
  // Refused, not repaired: a look-alike such as a full-width @ must not become somebody else's address on the way.
  return address.safeParse(text).success ? { email: text, key: text.toLowerCase() } : undefined
}

/** The key a login name is throttled under when users are the application's own and may not be e-mail addresses. */
export function loginKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
