// The calls of better-auth's server that its client makes here, in front of the real server. The cookie is the real server's refresh
// token, so each answer of `token` and `get-session` is a refresh of it.
import type { RequestListener } from 'node:http'
import { listener } from './exchange.ts'
import { claimsOf, isRefusal, type Sessions, type Tokens } from './sessions.ts'

const COOKIE = 'better-auth.session_token'

export function betterAuth(sessions: Sessions): RequestListener {
  const user = ({ user }: Tokens) => ({ id: user.id, email: user.email, name: '', emailVerified: false })
  const cookie = ({ refreshToken }: Tokens) => ({
    'set-cookie': `${COOKIE}=${refreshToken}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800`,
  })

  return listener(async ({ url, body, cookies, send }) => {
    const call = url.pathname.replace('/better-auth', '')
    const presented = cookies[COOKIE]
    if (call === '/sign-out') {
      if (presented !== undefined) await sessions.end(claimsOf(presented).sid)
      return send(200, { success: true }, { 'set-cookie': `${COOKIE}=; Path=/; Max-Age=0` })
    }
    const nobody = { status: 401, code: 'no_session', retryAfter: undefined }
    const answer =
      call === '/sign-in/email'
        ? await sessions.signIn(body['email'] ?? '', body['password'])
        : presented === undefined
          ? nobody
          : await sessions.renew(presented)
    if (isRefusal(answer)) {
      if (call === '/get-session' && answer.status === 401) return send(200, null)
      return send(answer.status, { code: answer.code.toUpperCase(), message: answer.code })
    }
    const session = { id: answer.sid, userId: answer.user.id, token: answer.sid }
    if (call === '/token') return send(200, { token: answer.accessToken }, cookie(answer))
    if (call === '/get-session') return send(200, { session, user: user(answer) }, cookie(answer))
    send(200, { redirect: false, token: answer.sid, user: user(answer) }, cookie(answer))
  })
}
