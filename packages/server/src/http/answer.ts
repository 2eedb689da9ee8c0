// The answers of the wire contract that more than one handler gives.
import type { Granted } from '../session/sessions.ts'
import type { SessionUser } from '../store/store.ts'
import type { RefreshCookie } from './cookie.ts'

/** A JSON answer that nobody may keep. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  })
}

/** The session answer: an access token in the body, the refresh token in a cookie and nowhere else. */
export function sessionAnswer(
  { session, access, refreshToken }: Granted,
  cookie: RefreshCookie,
  now: number,
  status = 200,
): Response {
  const answer = json(
    {
      accessToken: access.token,
      tokenType: session.binding === null ? 'Bearer' : 'DPoP',
      expiresIn: access.expiresIn,
      session: { id: session.id },
      user: publicUser(session.user),
    },
    status,
  )
  if (refreshToken !== undefined) {
    const maxAge = session.persistent ? (session.expiresAt - now) / 1000 : undefined
    answer.headers.append('set-cookie', cookie.write(refreshToken, maxAge))
  }
  return answer
}

/** Named one by one: a user object of the application's own may carry more than is meant for the wire. */
export function publicUser({ id, email, name }: SessionUser): SessionUser {
  return { id, ...(email !== undefined && { email }), ...(name !== undefined && { name }) }
}
