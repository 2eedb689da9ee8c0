// A Node request as a web Request: the whole path whatever it is mounted under, a body that somebody has read before, and an origin
// that nobody can choose.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/** What a framework adds to a request. */
interface Annotated {
  /** The path before the framework took the mount path off (connect, Express). */
  readonly originalUrl?: unknown
  /** What a body parser made of the body. */
  readonly body?: unknown
  /** The body as it came, where somebody kept it. */
  readonly rawBody?: unknown
}

/** The server takes its origin from `issuer` and never from a request: here stands a name that cannot be one (RFC 6761, 6.4). */
const ORIGIN = 'http://hallpass.invalid'

/** A mistake of the application's that no answer could hide. */
export const BODY_LOST =
  'the body of this request was read before Hallpass was asked, and kept nowhere: mount Hallpass before what reads it, or keep it'

/** Methods a web Request may not have (Fetch, 2.2.1) but a socket can bring: under a name that no route has, the answer is 405. */
const FORBIDDEN_METHOD = /^(CONNECT|TRACE|TRACK)$/i

/**
 * Makes a Request of a Node request; its signal aborts when the client goes away before the answer was sent.
 *
 * @throws TypeError when the body has been read and what was in it was kept nowhere
 */
export function toWebRequest(incoming: IncomingMessage & Annotated, outgoing: ServerResponse): Request {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  // Heard before whoever reads the body hears of it, so that they can tell a client that left from a fault.
  incoming.once('error', () => gone.abort())
  const asked = incoming.method ?? 'GET'
  const method = FORBIDDEN_METHOD.test(asked) ? `X-${asked}` : asked
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming)
  return new Request(urlOf(incoming), {
    method,
    headers: headersOf(incoming),
    body,
    signal: gone.signal,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })
}

function urlOf({ originalUrl, url }: IncomingMessage & Annotated): string {
  const target = typeof originalUrl === 'string' ? originalUrl : (url ?? '/')
  // Joined, not resolved: a path like //evil.example/ would otherwise name a host.
  if (target.startsWith('/')) return ORIGIN + target
  // A proxy may send the absolute form (RFC 9112, 3.2.2): the host in it is as little to be believed as the Host header.
  const absolute = URL.canParse(target) ? new URL(target) : undefined
  return absolute === undefined ? `${ORIGIN}/` : ORIGIN + absolute.pathname + absolute.search
}

/** From the raw ones, as the others drop or join what came twice. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] ?? '')
  }
  return headers
}

function bodyOf(
  incoming: IncomingMessage & Annotated,
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string | null {
  const { headers, rawBody, body } = incoming
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  // Some parsers leave `{}` where there was nothing.
  if (!hasBody && incoming.httpVersionMajor < 2) return null
  if (!incoming.readableDidRead) return Readable.toWeb(incoming) as ReadableStream<Uint8Array>
  const kept = rawBody ?? body
  if (kept === undefined) throw new TypeError(BODY_LOST)
  if (kept instanceof Uint8Array) return new Uint8Array(kept)
  return typeof kept === 'string' ? kept : JSON.stringify(kept)
}
