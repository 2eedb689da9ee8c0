// The ticket door: an address for what asks without headers (a WebSocket, an EventSource, a download), with something in it that is good
// for that path, once, for half a minute.
import { AuthError, type Problem } from './answer.ts'
import type { Auth } from './auth.ts'

export interface TicketOptions {
  /** Where the auth endpoints are, as for `createAuth`; `/api/auth/` when left out. */
  readonly base?: string | URL
  /** The service it is for, where that is not the issuer: one of its registered audiences. */
  readonly audience?: string
}

/**
 * Gives `address` with a ticket in it, to be opened at once. Ask for another one each time: when a socket is opened again, and for each
 * download.
 *
 * @param address of a GET, against the page's; `https`, `http`, `wss` or `ws`
 * @throws AuthError when nobody is signed in or the server gives none, as `auth.fetch` does; TypeError when `address` is none
 */
export async function withTicket(
  auth: Pick<Auth, 'fetch'>,
  address: string | URL,
  { base = '/api/auth/', audience }: TicketOptions = {},
): Promise<string> {
  const url = new URL(address, document.baseURI)
  const response = await auth.fetch(new URL('ticket', new URL(base, document.baseURI)), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: url.pathname, audience }),
  })
  const body = Object(await response.json().catch(() => 0)) as Problem & { readonly ticket?: string }
  if (!body.ticket) {
    const passing = !body.code || response.status === 429 || response.status >= 500
    throw new AuthError(passing ? 'unavailable' : 'refused', { problem: body })
  }
  url.searchParams.set('ticket', body.ticket)
  return url.href
}
