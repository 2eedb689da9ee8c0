// A document with a strong validator: sent once to each who asks, until it changes.
import { createHash } from 'node:crypto'

/** A name for a text: another text, another name. */
export function entityTag(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** An answer with a strong validator, or 304 to whoever has it already (RFC 9110, 13.1.2). */
export function cacheable(
  request: Request,
  body: string,
  headers: { readonly type: string; readonly cacheControl: string; readonly vary?: string },
): Response {
  const etag = `"${entityTag(body)}"`
  const validators = {
    etag,
    'cache-control': headers.cacheControl,
    ...(headers.vary !== undefined && { vary: headers.vary }),
  }
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.some((tag) => tag === etag || tag === '*')) return new Response(null, { status: 304, headers: validators })
  return new Response(body, { headers: { ...validators, 'content-type': `${headers.type}; charset=utf-8` } })
}
