// Express (and anything else that speaks connect): `app.use('/api/auth', mount(auth))`, before or after a body parser.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainAddress } from './client-address.ts'
import type { Mountable } from './mountable.ts'
import { toWebRequest } from './web-request.ts'
import { sendWebResponse } from './web-response.ts'

/**
 * Mounts a server in an Express application, under its base path or in front of everything under it. The client's address is
 * `request.ip`, so the application's own `trust proxy` setting decides which proxy is believed.
 */
export function mount(
  auth: Mountable,
): (
  request: IncomingMessage & { readonly ip?: string | undefined },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void {
  return (request, response, next) => {
    const answer = async () => {
      try {
        const address = plainAddress(request.ip ?? request.socket.remoteAddress)
        const from = address === undefined ? {} : { address }
        await sendWebResponse(await auth.fetch(toWebRequest(request, response), from), response)
      } catch (error) {
        next(error)
      }
    }
    void answer()
  }
}
