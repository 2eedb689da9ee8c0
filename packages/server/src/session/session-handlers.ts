// What a person does with sessions they have: refresh, sign out, see their devices, end one.
import { z } from 'zod'
import { json, sessionAnswer } from '../http/answer.ts'
import { readBody } from '../http/body.ts'
import type { RefreshCookie } from '../http/cookie.ts'
import { deviceOf, type AuthHandler, type Handler } from '../http/exchange.ts'
import { Refusal } from '../http/problem.ts'
import type { Presented } from './presented.ts'
import type { Sessions } from './sessions.ts'

const refreshBody = z.object({ audience: z.string().min(1).max(512).optional() })
const logoutBody = z.object({ everywhere: z.boolean().optional() })

export interface SessionHandlers {
  readonly refresh: Handler
  readonly logout: Handler
  readonly list: AuthHandler
  readonly end: AuthHandler
}

export function createSessionHandlers(options: {
  readonly sessions: Sessions
  readonly presented: Presented
  readonly cookie: RefreshCookie
  /** The audiences a refresh may ask a token for. */
  readonly audiences: ReadonlySet<string>
  readonly now: () => number
}): SessionHandlers {
  const { sessions, presented, cookie, audiences, now } = options

  return {
    /** Never clears a cookie, whatever it answers: the loser of a race must not take away what the winner was given. */
    async refresh(exchange) {
      const { audience } = await readBody(exchange.request, refreshBody)
      if (audience !== undefined && !audiences.has(audience)) throw new Refusal('unknown_audience')
      const claims = await presented.one(exchange.request.headers)
      const refreshed = await sessions.refresh(claims, {
        device: deviceOf(exchange),
        ...(audience !== undefined && { audience }),
        ...(exchange.key !== undefined && { key: exchange.key }),
      })
      if (refreshed.result === 'stale') throw new Refusal('stale_refresh', { retryAfter: refreshed.retryAfter / 1000 })
      if (refreshed.result === 'unproven') throw new Refusal('proof_required')
      if (refreshed.result === 'ended') throw new Refusal('session_ended')
      return sessionAnswer(refreshed, cookie, now())
    },

    /**
     * Any generation of a session may end it, and ending it twice is no error. A client that says which session it means ends
     * that one alone: a sign-out that comes late (it could not be told at once) must not sign out whoever came after.
     */
    async logout(exchange) {
      const { everywhere } = await readBody(exchange.request, logoutBody)
      const claims = await presented.all(exchange.request.headers)
      const meant = exchange.request.headers.get('hallpass-session')
      const ending = meant === null ? claims : claims.filter(({ sessionId }) => sessionId === meant)
      if (ending.length === 0 && claims.length > 0) throw new Refusal('session_changed')
      const device = deviceOf(exchange)
      for (const one of ending) {
        const row = await sessions.living(one)
        if (row === undefined) continue
        if (everywhere) await sessions.endAll(row.subject, 'everywhere', { device })
        else await sessions.end(row.id, 'logout', { subject: row.subject, device })
      }
      const answer = new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
      for (const cleared of cookie.clear()) answer.headers.append('set-cookie', cleared)
      return answer
    },

    async list(_, auth) {
      const rows = await sessions.list(auth.subject)
      return json({
        sessions: rows.map(({ id, createdAt, rotatedAt, expiresAt, device, amr, binding }) => ({
          id,
          current: id === auth.sessionId,
          createdAt: new Date(createdAt).toISOString(),
          lastUsedAt: new Date(rotatedAt).toISOString(),
          expiresAt: new Date(expiresAt).toISOString(),
          amr,
          bound: binding !== null,
          ...device,
        })),
      })
    },

    /** A session of somebody else is as good as none: the answer does not tell them apart. */
    async end(exchange, auth) {
      const id = exchange.params['id'] ?? ''
      const ended = await sessions.end(id, 'by-owner', { subject: auth.subject, device: deviceOf(exchange) })
      if (!ended) throw new Refusal('not_found')
      return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
    },
  }
}
