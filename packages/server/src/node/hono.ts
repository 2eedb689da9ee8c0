// Hono on Node: `app.all('/api/auth/*', mount(auth))`, before or after a middleware that reads the body.
import type { IncomingMessage } from 'node:http'
import type { Context, Handler } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import { clientAddress } from './client-address.ts'
import { isLeaving } from './leaving.ts'
import type { Mountable } from './mountable.ts'
import { BODY_LOST } from './web-request.ts'
import { ADDED } from './web-response.ts'

export interface HonoMountOptions {
  /** How many proxies of one's own stand in front: so many entries of X-Forwarded-For, from the right, are believed. 0 by default. */
  readonly trustedProxies?: number
}

/**
 * Makes a Hono handler of a server. Where there is no proxy, the client's address is that of the socket that `@hono/node-server` tells.
 *
 * @throws TypeError when `trustedProxies` is no whole number
 */
export function mount(auth: Mountable, options: HonoMountOptions = {}): Handler {
  const { trustedProxies = 0 } = options
  if (!Number.isSafeInteger(trustedProxies) || trustedProxies < 0)
    throw new TypeError('"trustedProxies" is the number of proxies in front: 0, 1, 2 …')

  return async (c) => {
    const address = clientAddress(
      incomingOf(c)?.socket.remoteAddress,
      [c.req.header('x-forwarded-for') ?? ''],
      trustedProxies,
    )
    const response = await auth.fetch(await unread(c), address === undefined ? {} : { address })
    // A Response of its own would replace the headers that the application set before: these are put beside them.
    for (const [name, value] of response.headers) c.header(name, value, { append: ADDED.has(name) })
    const incoming = incomingOf(c)
    if (incoming !== undefined && isLeaving(incoming)) c.header('connection', 'close')
    return c.newResponse(response.body, response.status as StatusCode)
  }
}

/** The request with its body, from what Hono keeps when a middleware has read it. */
async function unread({ req }: Context): Promise<Request> {
  const { raw } = req
  if (!raw.bodyUsed) return raw
  if (Object.keys(req.bodyCache).length === 0) throw new TypeError(BODY_LOST)
  return new Request(raw.url, { method: raw.method, headers: raw.headers, body: await req.arrayBuffer() })
}

/** What `@hono/node-server` tells; nothing elsewhere. */
function incomingOf({ env }: Context): IncomingMessage | undefined {
  return ((env ?? {}) as { readonly incoming?: IncomingMessage }).incoming
}
