// `fetch` with the pass attached: for exact origins only, and sent once more after a 401 of ours. In every other respect it is
// the global `fetch`, looked up late so that a test or a tracer may put its own there.
import type { Session } from './answer.ts'
import { unlessAborted } from './clock.ts'

/** Sends a request, with the pass it goes in the name of, where there is one. */
export type Send = (request: Request, pass?: Session) => Promise<Response>

/**
 * @param origins exact, as `URL.origin` spells them
 * @param have gives a token to go with; throws AuthError when none can be had
 * @param renewed gives a newer token of the same person after one was refused; undefined when there is none
 * @param send has what goes to these origins alone
 */
export function createFetch(
  origins: readonly string[],
  have: () => Promise<Session>,
  renewed: (refused: Session) => Promise<Session | undefined>,
  send: Send,
): typeof fetch {
  // Addresses come here as a Request or Response spells them, so that the origin ends where the first slash is.
  const trusted = (address: string): boolean => origins.some((origin) => address.startsWith(`${origin}/`))

  return async (input, init) => {
    // A body that is a Request's own can be read once: keep a copy to send again. All others are built anew from `init`.
    const spare = input instanceof Request && !init?.body ? input.clone() : input
    const request = new Request(input, init)
    if (!trusted(request.url) || request.headers.has('authorization')) return fetch(request)

    const go = async (): Promise<Response> => {
      const pass = await have()
      const response = await send(request, pass)
      // RFC 6750, 3.1: the token is expired, revoked or otherwise invalid. Any other 401 is the application's own.
      const challenge = response.headers.get('www-authenticate') ?? ''
      if (response.status !== 401 || !/error="?invalid_token/i.test(challenge) || !trusted(response.url))
        return response
      const newer = await renewed(pass)
      // A stream has been read and cannot be told again; the caller sees the 401, the next request has the new token.
      if (!newer || init?.body instanceof ReadableStream) return response
      void response.body?.cancel().catch(() => undefined)
      return send(new Request(spare, init), newer)
    }
    return unlessAborted(go(), request.signal)
  }
}
