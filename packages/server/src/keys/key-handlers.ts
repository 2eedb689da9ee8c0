// What services fetch: the public keys, and what was signed out lately.
import { createHash } from 'node:crypto'
import type { Handler } from '../http/exchange.ts'
import type { Revocations } from '../session/revocation.ts'
import type { KeyRing } from './ring.ts'

export function createKeyHandlers(options: { readonly ring: KeyRing; readonly revocations: Revocations }): {
  readonly jwks: Handler
  readonly revocations: Handler
} {
  return {
    async jwks({ request }) {
      const body = JSON.stringify(await options.ring.jwks())
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      return cacheable(request, body, etag, 'application/jwk-set+json', 'public, max-age=600')
    },
    async revocations({ request }) {
      const { body, etag } = await options.revocations.snapshot()
      return cacheable(request, body, etag, 'application/json', 'no-cache')
    },
  }
}

/** An answer with a strong validator, or 304 to whoever has it already (RFC 9110, 13.1.2). */
function cacheable(request: Request, body: string, etag: string, type: string, cacheControl: string): Response {
  const headers = { etag, 'cache-control': cacheControl }
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.some((tag) => tag === etag || tag === '*')) return new Response(null, { status: 304, headers })
  return new Response(body, { headers: { ...headers, 'content-type': `${type}; charset=utf-8` } })
}
