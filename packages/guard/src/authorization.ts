// Every Authorization header of a Node request, as it came over the wire.
import type { IncomingHttpHeaders } from 'node:http'

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
