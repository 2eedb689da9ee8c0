// The same-origin guard: for every endpoint that the cookie authenticates, and for login, register and password. Cookies with
// SameSite=Strict still travel from a sibling host, so the request itself must say where it comes from (Fetch Metadata).
import { Refusal } from './problem.ts'

/**
 * Refuses a request that a page of another origin made.
 *
 * @param headers of the request
 * @param issuer the public origin
 * @param allowed origins that may call with credentials
 * @throws Refusal `forbidden_origin`
 */
export function assertSameOrigin(headers: Headers, issuer: string, allowed: ReadonlySet<string>): void {
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')

  // A navigation is a form or a link, never our client; a prefetch is nobody's wish yet.
  if (headers.get('sec-fetch-mode') === 'navigate') throw new Refusal('forbidden_origin')
  if (/\bprefetch\b/i.test(headers.get('sec-purpose') ?? headers.get('purpose') ?? ''))
    throw new Refusal('forbidden_origin')

  if (origin !== null && allowed.has(origin)) return
  if (site !== null) {
    if (site === 'same-origin') return
    throw new Refusal('forbidden_origin')
  }
  // No Sec-Fetch-Site: an old browser, which sends Origin with a POST, or no browser at all.
  if (origin !== null && origin !== issuer) throw new Refusal('forbidden_origin')
}

/** The CORS headers of an answer, RFC 6454 and Fetch: exact origin, with credentials, for allow-listed origins alone. */
export function corsHeaders(origin: string | null, allowed: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (origin === null || !allowed.has(origin)) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'WWW-Authenticate, Retry-After, DPoP-Nonce, Date',
  }
}

/** What a preflight of an allow-listed origin is told. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, DPoP, Hallpass-Session',
  'access-control-max-age': '600',
}
