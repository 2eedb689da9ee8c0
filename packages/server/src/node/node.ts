// Plain node:http: `createServer(mount(auth))`, or called for the requests that are ours.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress } from './client-address.ts'
import type { Mountable } from './mountable.ts'
import { toWebRequest } from './web-request.ts'
import { sendWebResponse } from './web-response.ts'

export interface NodeMountOptions {
  /** How many proxies of one's own stand in front: so many entries of X-Forwarded-For, from the right, are believed. 0 by default. */
  readonly trustedProxies?: number
}

/**
 * Makes a request listener of a server. It rejects when the body was read before and kept nowhere.
 *
 * @throws TypeError when `trustedProxies` is no whole number
 */
export function mount(
  auth: Mountable,
  options: NodeMountOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { trustedProxies = 0 } = options
  if (!Number.isSafeInteger(trustedProxies) || trustedProxies < 0)
    throw new TypeError('"trustedProxies" is the number of proxies in front: 0, 1, 2 …')

  return async (request, response) => {
    const forwardedFor = request.headersDistinct['x-forwarded-for'] ?? []
    const address = clientAddress(request.socket.remoteAddress, forwardedFor, trustedProxies)
    const from = address === undefined ? {} : { address }
    await sendWebResponse(await auth.fetch(toWebRequest(request, response), from), response)
  }
}
