// The address of the client: of the socket, or what a proxy that is trusted says. Anybody can write X-Forwarded-For, so only as many
// of its entries are believed, from the right, as there are own proxies in front.
import { isIP } from 'node:net'

/**
 * Finds the address of a client behind a known number of proxies.
 *
 * @param peer the address of the socket
 * @param forwardedFor every X-Forwarded-For value, in order
 * @param trustedProxies how many proxies of one's own stand in front; 0 believes the socket alone
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: readonly string[],
  trustedProxies: number,
): string | undefined {
  if (trustedProxies === 0) return plainAddress(peer)
  const hops = forwardedFor.flatMap((value) => value.split(',')).map((hop) => plainAddress(hop.trim()))
  // The last proxy wrote the last entry, about who spoke to it. A shorter list than expected: the leftmost is all there is.
  return hops.at(Math.max(-trustedProxies, -hops.length)) ?? plainAddress(peer)
}

/** One spelling an address: without a port, and IPv4 as IPv4, since a /64 of `::ffff:0:0` would be everybody. */
export function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const host = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  const address = /^::ffff:([\d.]+)$/i.exec(host)?.[1] ?? host.split('%', 1)[0] ?? host
  return isIP(address) === 0 ? undefined : address
}
