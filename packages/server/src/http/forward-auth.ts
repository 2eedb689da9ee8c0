// GET verify: the question a proxy asks about a request (nginx auth_request, Traefik, Caddy, Envoy). The logic is the guard's. What a proxy
// says of the request it asks about is not believed, as a client could say it too: a proof is held against the question itself, so that a
// bound token passes here only when its holder asks.
import { forwardAuth, type Guard } from '@hallpass/guard'
import type { Handler } from './exchange.ts'

export function createForwardAuth(guard: Guard): Handler {
  return async ({ request }) => {
    const { method, url } = request
    const asked = { method, url, dpop: request.headers.get('dpop') }
    const { status, headers, body } = await forwardAuth(guard, request.headers.get('authorization'), asked)
    return new Response(body, { status, headers })
  }
}
