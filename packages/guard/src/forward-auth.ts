// The answer to a proxy that asks "may this request pass?" (nginx auth_request, Traefik forwardAuth, Caddy forward_auth, Envoy
// ext_authz): 200 with who it is in headers, which the proxy copies over whatever the client sent under these names, or the refusal.
import type { Guard } from './guard.ts'
import type { ProofRequest } from './proofs.ts'

export interface ForwardAuthAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/**
 * Answers a proxy's question about a request. `Hallpass-Subject` and `Hallpass-Session` are percent-encoded (RFC 3986): visible
 * ASCII other than `%` stands for itself, and `decodeURIComponent` gives back any name.
 *
 * @param request what the proof of a bound token is held against: the request that the proxy asks about, as the proxy (not the client)
 * tells it
 */
export async function forwardAuth(
  guard: Pick<Guard, 'check'>,
  authorization: string | readonly string[] | null | undefined,
  request?: ProofRequest,
): Promise<ForwardAuthAnswer> {
  const checked = await guard.check(authorization, request)
  if (!checked.ok) return checked.refusal
  return {
    status: 200,
    headers: {
      'hallpass-subject': encodeURI(checked.auth.subject),
      'hallpass-session': encodeURI(checked.auth.sessionId),
      'cache-control': 'no-store',
      ...checked.headers,
    },
    body: null,
  }
}
