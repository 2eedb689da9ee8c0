// Hono on Node: `app.all('/api/auth/*', mount(auth))`, before or after a middleware that reads the body.
import type { IncomingMessage } from 'node:http'
import type { Context, Handler } from 'hono'
import { cloneRawRequest } from 'hono/request'
import { clientAddress } from './client-address.ts'
import type { Mountable } from './mountable.ts'

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
    const address = clientAddress(peerOf(c), [c.req.header('x-forwarded-for') ?? ''], trustedProxies)
    const request = c.req.raw.bodyUsed ? await cloneRawRequest(c.req) : c.req.raw
    return auth.fetch(request, address === undefined ? {} : { address })
  }
}

function peerOf({ env }: Context): string | undefined {
  const { incoming } = (env ?? {}) as { readonly incoming?: IncomingMessage }
  return incoming?.socket.remoteAddress
}
