// Headers of every response, whatever it is: set on the bare node:http response before anything looks at the request, so that
// an error of the parser, of the router or of a handler has them too. One page of an origin without a policy is enough to
// undo it for all the others, as any script of the origin may open that page (OWASP ASVS 5.0, V3.4).
import type { ServerResponse } from 'node:http'

/** For what is no page: nothing may be loaded, run or framed. */
const NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** For our own pages: files of this origin alone, no inline script or style, and no string becomes code (Trusted Types). */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** A year, for the host and what lies under it; only ever sent by an https issuer (RFC 6797, 7.2). */
const HSTS = 'max-age=31536000; includeSubDomains'

/**
 * The headers for a deployment; handlers may replace what they know better, as the pages do with the policy.
 *
 * @param issuer the public origin: its scheme decides on Strict-Transport-Security
 */
export function securityHeaders(issuer: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': NO_PAGE,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-store',
    ...(issuer.startsWith('https:') && { 'strict-transport-security': HSTS }),
  }
}

export function applyHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

/** What answers a request that is no HTTP: the parser gives up before there is a response to set headers on. */
export function badRequest(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': '0' })
  return `HTTP/1.1 400 Bad Request\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}
