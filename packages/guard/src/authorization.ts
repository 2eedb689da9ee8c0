// What a guard looks at in a Node request: every Authorization header as it came over the wire, and what a proof is held against.
import type { IncomingHttpHeaders } from 'node:http'
import type { ProofRequest } from './proofs.ts'

interface NodeRequest {
  readonly rawHeaders?: readonly string[]
  readonly headers: IncomingHttpHeaders
}

/**
 * Gives all values of the Authorization header. `request.headers` keeps the first of two and drops the other in silence, so a proxy
 * that reads the last one would have seen another token than we do; the raw headers have both, over HTTP/1.1 and HTTP/2.
 */
export function authorizationOf({ rawHeaders = [], headers }: NodeRequest): string | readonly string[] | undefined {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && isAuthorization(rawHeaders[index - 1]))
  return values.length === 0 ? headers.authorization : values
}

const isAuthorization = (name: string | undefined) => name?.length === 13 && name.toLowerCase() === 'authorization'

/**
 * Gives what a proof is held against (RFC 9449).
 *
 * @param url as it was asked for: routers take from `request.url` what they are mounted under
 */
export function proofRequestOf(
  request: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders },
  url: string | undefined,
): ProofRequest {
  // Node joins two of them with a comma, which no proof has.
  return { method: request.method, url, dpop: request.headers['dpop'] }
}

/** Where a ticket may stand: in the address of a GET, as it came over the wire. */
export function ticketAddress(
  { method, url }: { readonly method?: string | undefined; readonly url?: string | undefined },
  original: string | undefined = url,
): string | undefined {
  return method === 'GET' ? original : undefined
}
