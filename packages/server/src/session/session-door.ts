// What an application does with sessions from its own code: start one after a sign-in method of its own, list, end.
import { sessionAnswer } from '../http/answer.ts'
import type { RefreshCookie } from '../http/cookie.ts'
import { deviceOf } from '../http/exchange.ts'
import { problemResponse, Refusal } from '../http/problem.ts'
import type { KeyProofs } from '../http/proof.ts'
import type { SessionRow, SessionUser } from '../store/store.ts'
import type { Presented } from './presented.ts'
import type { Sessions } from './sessions.ts'

export interface StartSession {
  /** The request that carried the proof: its cookie's session ends, and it must come from one of our origins. */
  readonly request: Request
  /** The client's address, for the list of devices. */
  readonly address?: string
  /** What the session answer says of the person. `id` is the subject when left out. */
  readonly user?: Omit<SessionUser, 'id'>
  /** How the person proved who they are, RFC 8176: `['hwk']`. */
  readonly amr: readonly string[]
  /** False for a cookie that goes when the browser closes. */
  readonly persistent?: boolean
  /** For a proof that arrives by navigation from another site (an OAuth callback) and was checked against its own `state`. */
  readonly insecureAnyOrigin?: boolean
}

export interface OwnSession {
  readonly id: string
  readonly subject: string
  /** Milliseconds since 1970, all three. */
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly amr: readonly string[]
  /** Whether it is bound to a key (RFC 9449). */
  readonly bound: boolean
  readonly userAgent?: string
  readonly address?: string
}

export interface SessionDoor {
  /**
   * Starts a session for somebody who has just proved who they are, and answers what the client is sent: the session answer
   * with its cookie, or a problem document (403) when the origin may not, or the subject is disabled.
   */
  start(subject: string, options: StartSession): Promise<Response>
  /** The living sessions of a subject, newest first. */
  list(subject: string): Promise<readonly OwnSession[]>
  /** Ends one session; false when it had ended before or there is none. */
  end(sessionId: string): Promise<boolean>
  /** Ends every session of a subject; answers how many. Call it when a password was changed elsewhere. */
  endAll(subject: string): Promise<number>
  /** Ends every session of a subject and starts no new one until `enable`; answers how many ended. */
  disable(subject: string): Promise<number>
  /** Lets a disabled subject sign in again. */
  enable(subject: string): Promise<boolean>
}

export function createSessionDoor(options: {
  readonly sessions: Sessions
  readonly presented: Presented
  readonly cookie: RefreshCookie
  readonly proofs: KeyProofs
  readonly keyRequired: boolean
  readonly assertSameOrigin: (headers: Headers) => void
  readonly now: () => number
}): SessionDoor {
  const { sessions, presented, cookie, proofs, assertSameOrigin, now } = options

  return {
    async start(subject, { request, address, user, amr, persistent, insecureAnyOrigin }) {
      let key: string | undefined
      try {
        if (!insecureAnyOrigin) assertSameOrigin(request.headers)
        key = await proofs.of(request)
        if (key === undefined && options.keyRequired) throw new Refusal('proof_required')
      } catch (error) {
        if (error instanceof Refusal) return proofs.handOut(request, problemResponse(error))
        throw error
      }
      const held = await presented.living(request.headers)
      const started = await sessions.start(subject, {
        user: { ...user, id: subject },
        amr,
        device: deviceOf({ request, address }),
        ...(key !== undefined && { binding: key }),
        ...(held !== undefined && { replacing: held.id }),
        ...(persistent !== undefined && { persistent }),
      })
      if (started.result === 'started') return proofs.handOut(request, sessionAnswer(started.granted, cookie, now()))
      return problemResponse(new Refusal(started.result === 'disabled' ? 'account_disabled' : 'busy'))
    },
    list: async (subject) => (await sessions.list(subject)).map(ownSession),
    end: (sessionId) => sessions.end(sessionId, 'revoked'),
    endAll: (subject) => sessions.endAll(subject, 'revoked'),
    disable: (subject) => sessions.endAll(subject, 'revoked', { disable: true }),
    enable: (subject) => sessions.enable(subject),
  }
}

function ownSession({ id, subject, createdAt, rotatedAt, expiresAt, amr, binding, device }: SessionRow): OwnSession {
  return { id, subject, createdAt, lastUsedAt: rotatedAt, expiresAt, amr, bound: binding !== null, ...device }
}
