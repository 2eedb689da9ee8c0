// GET verify: the question a proxy asks about a request (nginx auth_request, Traefik, Caddy, Envoy). The logic is the guard's.
import { forwardAuth, type Guard } from '@hallpass/guard'
import type { Handler } from './exchange.ts'

export function createForwardAuth(guard: Guard): Handler {
  return async ({ request }) => {
    const { status, headers, body } = await forwardAuth(guard, request.headers.get('authorization'))
    return new Response(body, { status, headers })
  }
}
