// The life of a session: start, refresh, end. Each is a decision and one atomic write; who may ask is the routes' business.
import { createHash, timingSafeEqual } from 'node:crypto'
import type {
  Ending,
  EndReason,
  EndedSession,
  NewSession,
  SessionDevice,
  SessionRow,
  SessionUser,
  Store,
} from '../store/store.ts'
import { StoreUnavailable } from '../store/store.ts'
import type { AccessToken, AccessTokens } from './access-token.ts'
import { hashNonce, type RefreshClaims, type RefreshTokens } from './refresh-token.ts'
import type { Revocations } from './revocation.ts'
import { decide, type Decision, type Outcome } from './rotation.ts'

/** A session as it is handed to its owner: what goes into the answer, and the refresh token for its cookie. */
export interface Granted {
  readonly session: SessionRow
  readonly access: AccessToken
  /** Undefined when the cookie must be left as it is. */
  readonly refreshToken: string | undefined
}

export type RefreshResult =
  | ({ readonly result: 'granted'; readonly outcome: Outcome } & Granted)
  | { readonly result: 'stale'; readonly retryAfter: number }
  | { readonly result: 'ended' }

/** Where a request came from, for the list of devices and the audit. */
export interface Origin {
  readonly device: SessionDevice
}

export interface StartOptions extends Origin {
  readonly user: SessionUser
  /** How the person proved who they are, RFC 8176: `['pwd']`. */
  readonly amr: readonly string[]
  /** The subject's epoch as read before the proof was checked; read now when left out. */
  readonly underEpoch?: number
  /** A session to end in the same transaction: the one of the cookie that came with the request. */
  readonly replacing?: string
  /** Whether the cookie outlives the browser; true when left out. */
  readonly persistent?: boolean
}

export interface Sessions {
  /** Starts a session. `undefined` when the subject was signed out everywhere meanwhile, or is disabled. */
  start(subject: string, options: StartOptions): Promise<Granted | undefined>
  refresh(claims: RefreshClaims, options: Origin & { readonly audience?: string }): Promise<RefreshResult>
  /** The row when this token's session lives; any generation will do. */
  living(claims: RefreshClaims): Promise<SessionRow | undefined>
  end(
    id: string,
    reason: EndReason,
    options?: { readonly subject?: string; readonly device?: SessionDevice },
  ): Promise<boolean>
  endAll(
    subject: string,
    reason: EndReason,
    options?: { readonly disable?: boolean; readonly device?: SessionDevice },
  ): Promise<number>
  list(subject: string): Promise<readonly SessionRow[]>
  /** A session ready to be inserted and the way to hand it out once it is: for writes that do more in the same transaction. */
  prepare(subject: string, options: StartOptions): { readonly row: NewSession; readonly grant: () => Promise<Granted> }
  ending(reason: EndReason): Ending
  published(ended: readonly EndedSession[]): void
}

/** Asked at each refresh, when given; null ends the session. */
export type FindUser = (id: string) => SessionUser | null | Promise<SessionUser | null>

/** What happened at a refresh, for the log: ids and outcomes only. */
export type SessionEvent = { readonly event: 'refresh'; readonly outcome: Outcome; readonly sessionId: string }

const ATTEMPTS = 8

export function createSessions(options: {
  readonly store: Store
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokens
  readonly revocations: Revocations
  /** Milliseconds, all three. */
  readonly idle: number
  readonly absolute: number
  readonly lifetime: number
  readonly findUser: FindUser | undefined
  readonly now: () => number
  readonly uuidv7: () => string
  /** A fresh nonce of 128 bits, base64url. */
  readonly nonce: () => string
  readonly onEvent: (event: SessionEvent) => void
}): Sessions {
  const { store, refreshTokens, accessTokens, revocations, idle, now } = options

  const ending = (reason: EndReason): Ending => {
    const at = now()
    return { at, reason, revokedUntil: at + options.lifetime }
  }

  const grant = async (session: SessionRow, at: number, nonce?: string, audience?: string): Promise<Granted> => {
    const access = await accessTokens.mint(session, at, audience)
    if (nonce === undefined) return { session, access, refreshToken: undefined }
    const { id: sessionId, generation, rotatedAt: issuedAt } = session
    return { session, access, refreshToken: await refreshTokens.mint({ sessionId, generation, issuedAt, nonce }) }
  }

  const prepare: Sessions['prepare'] = (subject, start) => {
    const at = now()
    const nonce = options.nonce()
    const row: NewSession = {
      id: options.uuidv7(),
      subject,
      nonceHash: hashNonce(nonce),
      createdAt: at,
      expiresAt: at + options.absolute,
      authTime: at,
      amr: start.amr,
      user: start.user,
      device: start.device,
      binding: null,
      persistent: start.persistent ?? true,
    }
    const fresh = { generation: 0, proven: -1, rotatedAt: at, endedAt: null, endReason: null, revokedUntil: null }
    return { row, grant: () => grant({ ...row, ...fresh }, at, nonce) }
  }

  /** The row the token speaks of, when the token is the one whose nonce the row keeps. */
  const rowOf = async (claims: RefreshClaims): Promise<SessionRow | undefined> => {
    const row = await store.session(claims.sessionId)
    return row !== undefined && sameNonce(row, claims) ? row : undefined
  }

  /** Decides and writes; when another refresh wrote first, reads again and decides again. */
  const settle = async (
    claims: RefreshClaims,
    device: SessionDevice,
  ): Promise<{ decision: Decision; at: number; row?: SessionRow }> => {
    const nonceHash = hashNonce(claims.nonce)
    const { sessionId: id, generation, issuedAt } = claims

    // The straight path is one write and no read: the token tells the row it was made from, the decision is taken on that,
    // and the write's own condition says whether the row still stands so.
    const told = { generation, proven: generation - 1, rotatedAt: issuedAt, expiresAt: Infinity, endedAt: null }
    const start = now()
    const guess = decide(told, claims, start, idle)
    if (guess.outcome === 'rotated') {
      const row = await store.rotate(id, { nonceHash, generation, rotatedAt: issuedAt, now: start }, guess.write)
      if (row !== undefined) return { decision: guess, at: start, row }
    }

    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const at = now()
      const row = await rowOf(claims)
      const decision = decide(row, claims, at, idle)
      if (row === undefined || !('write' in decision)) {
        if (decision.outcome === 'reused') await end(id, 'reuse', { device })
        return { decision, at, ...(row && { row }) }
      }
      const when = { nonceHash, generation: row.generation, proven: row.proven, rotatedAt: row.rotatedAt, now: at }
      const audited = decision.outcome === 'rotated' ? undefined : entry(`refresh_${decision.outcome}`, row, device)
      const written = await store.rotate(id, when, decision.write, audited)
      if (written !== undefined) return { decision, at, row: written }
    }
    throw new StoreUnavailable('a session changed under every attempt to refresh it')
  }

  const entry = (event: string, of: { readonly id?: string; readonly subject?: string }, device?: SessionDevice) => ({
    at: now(),
    event,
    ...(of.subject !== undefined && { subject: of.subject }),
    ...(of.id !== undefined && { sessionId: of.id }),
    ...(device?.address !== undefined && { address: device.address }),
  })

  const end: Sessions['end'] = async (id, reason, { subject, device } = {}) => {
    const audit = entry(`session_ended_${reason}`, { id, ...(subject !== undefined && { subject }) }, device)
    const ended = await store.endSession(id, { ...ending(reason), ...(subject !== undefined && { subject }), audit })
    if (ended === undefined) return false
    revocations.publish([ended])
    return true
  }

  return {
    prepare,
    ending,
    published: (ended) => revocations.publish(ended),
    end,

    async start(subject, start) {
      const underEpoch = start.underEpoch ?? (await store.subject(subject)).epoch
      const { row, grant: handOut } = prepare(subject, start)
      const inserted = await store.insertSession(row, {
        underEpoch,
        audit: entry('session_started', row, start.device),
        ...(start.replacing !== undefined && { replacing: { ...ending('replaced'), id: start.replacing } }),
      })
      if (inserted.result !== 'inserted') return undefined
      if (inserted.ended !== undefined) revocations.publish([inserted.ended])
      return handOut()
    },

    async refresh(claims, { device, audience }) {
      const { decision, at, row } = await settle(claims, device)
      options.onEvent({ event: 'refresh', outcome: decision.outcome, sessionId: claims.sessionId })
      if (decision.outcome === 'stale') return { result: 'stale', retryAfter: decision.retryAfter }
      if (row === undefined || decision.outcome === 'ended' || decision.outcome === 'reused') return { result: 'ended' }

      const user = options.findUser === undefined ? row.user : await options.findUser(row.subject)
      if (user === null) {
        await end(row.id, 'user-gone', { device })
        return { result: 'ended' }
      }
      const nonce = decision.outcome === 'late' ? undefined : claims.nonce
      return { result: 'granted', outcome: decision.outcome, ...(await grant({ ...row, user }, at, nonce, audience)) }
    },

    async living(claims) {
      const row = await rowOf(claims)
      if (row === undefined || row.endedAt !== null || now() >= row.expiresAt) return undefined
      return now() - row.rotatedAt >= idle ? undefined : row
    },

    async endAll(subject, reason, { disable, device } = {}) {
      const audit = entry(`subject_ended_${reason}`, { subject }, device)
      const ended = await store.endSubject(subject, {
        ...ending(reason),
        ...(disable !== undefined && { disable }),
        audit,
      })
      revocations.publish(ended)
      return ended.length
    },

    list: (subject) => store.sessionsOf(subject, { now: now(), usedSince: now() - idle }),
  }
}

/** The row keeps only a hash of the nonce; compared in constant time all the same. */
function sameNonce(row: SessionRow, claims: RefreshClaims): boolean {
  const presented = createHash('sha256').update(claims.nonce, 'utf8').digest()
  const kept = Buffer.from(row.nonceHash, 'hex')
  return kept.length === presented.length && timingSafeEqual(kept, presented)
}
