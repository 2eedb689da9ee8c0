// Who sent a request: the peer of the socket, or, behind proxies one trusts, what they wrote into X-Forwarded-For.
import { isIP } from 'node:net'

/**
 * The address of the client.
 *
 * Each proxy appends the address it was called from, so with `hops` proxies of our own only the last `hops` entries are theirs;
 * whatever stands before was written by the client and means nothing.
 *
 * @param peer the address at the other end of the socket
 * @param forwarded the X-Forwarded-For header
 * @param hops how many proxies stand in front
 */
export function clientAddress(peer: string | undefined, forwarded: string | null, hops: number): string | undefined {
  if (hops === 0 || forwarded === null) return peer
  const told = forwarded.split(',').at(-hops)?.trim() ?? ''
  return isIP(told) === 0 ? peer : told
}
