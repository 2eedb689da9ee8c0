// The three calls of Supabase's auth server that its client makes here, in front of the real server: `token` with a password or a
// refresh token, and `logout`.
import type { RequestListener } from 'node:http'
import { listener } from './exchange.ts'
import { claimsOf, isRefusal, type Sessions } from './sessions.ts'

export function supabase(sessions: Sessions): RequestListener {
  return listener(async ({ url, body, headers, send }) => {
    if (url.pathname === '/supabase/logout') {
      await sessions.end(claimsOf(headers.authorization ?? '').sid)
      return send(204, undefined)
    }
    const answer =
      url.searchParams.get('grant_type') === 'password'
        ? await sessions.signIn(body['email'] ?? '', body['password'])
        : await sessions.renew(body['refresh_token'] ?? '')
    if (isRefusal(answer)) {
      const over = answer.code === 'no_session' || answer.code === 'session_ended'
      return send(over ? 400 : answer.status, {
        code: over ? 'refresh_token_not_found' : 'unexpected_failure',
        message: answer.code,
      })
    }
    const { iat, exp } = claimsOf(answer.accessToken)
    const created = new Date(iat * 1000).toISOString()
    send(200, {
      access_token: answer.accessToken,
      token_type: 'bearer',
      expires_in: answer.expiresIn,
      expires_at: exp,
      refresh_token: answer.refreshToken,
      user: {
        id: answer.user.id,
        email: answer.user.email,
        aud: 'authenticated',
        created_at: created,
        app_metadata: {},
        user_metadata: {},
      },
    })
  })
}
