// The life of a session: start, refresh, end. Each is a decision and one atomic write; who may ask is the routes' business.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { OnEvent } from '../events.ts'
import { callHook } from '../hook.ts'
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
import { decide, HEAL_STEPS, type Decision, type Outcome } from './rotation.ts'

/** A session as it is handed to its owner: what goes into the answer, and the refresh token for its cookie. */
export interface Granted {
  readonly session: SessionRow
  readonly access: AccessToken
  /** Undefined when the cookie must be left as it is. */
  readonly refreshToken: string | undefined
}

export type StartResult =
  | { readonly result: 'started'; readonly granted: Granted }
  /** Signed out everywhere since `underEpoch` was read, or disabled: nothing was started. */
  | { readonly result: 'epoch_moved' | 'disabled' }

export type RefreshResult =
  | ({ readonly result: 'granted'; readonly outcome: Outcome } & Granted)
  | { readonly result: 'stale'; readonly retryAfter: number }
  | { readonly result: 'ended' }
  /** The session is bound to a key that was not proven: nothing was given, nothing was written, it lives on. */
  | { readonly result: 'unproven' }

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
  /** The thumbprint of a key that was proven: the session can then be used with proofs of it only (RFC 9449). */
  readonly binding?: string
  /** Whether the cookie outlives the browser; true when left out. */
  readonly persistent?: boolean
}

export interface Sessions {
  start(subject: string, options: StartOptions): Promise<StartResult>
  /** `key` is the thumbprint of the one that the request proves. */
  refresh(
    claims: RefreshClaims,
    options: Origin & { readonly audience?: string; readonly key?: string },
  ): Promise<RefreshResult>
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
  /** Lets a disabled subject sign in again; false when it was not disabled. */
  enable(subject: string): Promise<boolean>
  list(subject: string): Promise<readonly SessionRow[]>
  /** A session ready to be inserted and the way to hand it out once it is: for writes that do more in the same transaction. */
  prepare(subject: string, options: StartOptions): { readonly row: NewSession; readonly grant: () => Promise<Granted> }
  ending(reason: EndReason): Ending
  /** Tells the guard, and whoever listens, of sessions that the store has ended. */
  published(ended: readonly EndedSession[], reason: EndReason): void
}

/** Asked at each refresh, when given; null ends the session. */
export type FindUser = (id: string) => SessionUser | null | Promise<SessionUser | null>

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
  /** Whether sessions that are bound to no key are refused, however they began. */
  readonly keyRequired: boolean
  readonly now: () => number
  readonly newId: () => string
  /** A fresh nonce of 128 bits, base64url. */
  readonly nonce: () => string
  readonly onEvent: OnEvent
}): Sessions {
  const { store, refreshTokens, accessTokens, revocations, findUser, idle, now } = options

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

  const published: Sessions['published'] = (ended, reason) => {
    revocations.publish(ended)
    for (const { id: sessionId, subject } of ended)
      options.onEvent({ event: 'session_ended', sessionId, subject, reason })
  }

  const prepare: Sessions['prepare'] = (subject, start) => {
    const at = now()
    const nonce = options.nonce()
    const row: NewSession = {
      id: options.newId(),
      subject,
      nonceHash: hashNonce(nonce),
      createdAt: at,
      expiresAt: at + options.absolute,
      authTime: at,
      amr: start.amr,
      user: start.user,
      device: start.device,
      binding: start.binding ?? null,
      persistent: start.persistent ?? true,
    }
    const fresh = { generation: 0, proven: -1, rotatedAt: at, endedAt: null, endReason: null, revokedUntil: null }
    const handOut = () => {
      options.onEvent({ event: 'session_started', sessionId: row.id, subject, amr: row.amr })
      return grant({ ...row, ...fresh }, at, nonce)
    }
    return { row, grant: handOut }
  }

  /** The row the token speaks of, when the token is the one whose nonce the row keeps. */
  const rowOf = async (claims: RefreshClaims): Promise<SessionRow | undefined> => {
    const row = await store.session(claims.sessionId)
    return row !== undefined && sameNonce(row, claims) ? row : undefined
  }

  /** Whether a request that proves `key` may use a session of this binding; one that is bound to nothing needs no proof. */
  const mayUse = (binding: string | null, key: string | undefined): boolean =>
    binding === null ? !options.keyRequired : binding === key

  /** Decides and writes; when another refresh wrote first, reads again and decides again. */
  const settle = async (
    claims: RefreshClaims,
    device: SessionDevice,
    key: string | undefined,
  ): Promise<{ decision: Decision | { outcome: 'unproven' }; at: number; row?: SessionRow }> => {
    const nonceHash = hashNonce(claims.nonce)
    const { sessionId: id, generation, issuedAt } = claims

    // The straight path is one write and no read: the token tells the row it was made from, the decision is taken on that,
    // and the write's own condition says whether the row still stands so.
    const told = { generation, proven: generation - 1, rotatedAt: issuedAt, expiresAt: Infinity, endedAt: null }
    const start = now()
    const guess = decide(told, claims, start, idle)
    if (guess.outcome === 'rotated' && !(options.keyRequired && key === undefined)) {
      const when = { nonceHash, generation, rotatedAt: issuedAt, binding: key ?? null, now: start }
      const row = await store.rotate(id, when, guess.write)
      if (row !== undefined) return { decision: guess, at: start, row }
    }

    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const at = now()
      const row = await rowOf(claims)
      const behind = row === undefined ? 0 : generation - row.generation
      // Further behind than a standby lags: only after a restore, and only when an operator has said that there was one.
      const healSteps = behind > HEAL_STEPS && (await recovering(issuedAt, at)) ? Infinity : HEAL_STEPS
      const decision = decide(row, claims, at, idle, healSteps)
      // Whoever has the cookie alone gets nothing and can do no harm: nothing is written, and the session of the key's holder lives.
      if (row !== undefined && decision.outcome !== 'ended' && !mayUse(row.binding, key))
        return { decision: { outcome: 'unproven' }, at }
      if (row === undefined || !('write' in decision)) {
        if (decision.outcome === 'reused') await end(id, 'reuse', { device })
        return { decision, at, ...(row && { row }) }
      }
      const { generation: current, proven, rotatedAt } = row
      const when = { nonceHash, generation: current, proven, rotatedAt, binding: row.binding, now: at }
      const audited =
        decision.outcome === 'rotated'
          ? undefined
          : {
              ...entry(`refresh_${decision.outcome}`, row, device),
              ...(decision.outcome === 'healed' && { detail: { generations: behind } }),
            }
      const written = await store.rotate(id, when, decision.write, audited)
      if (written !== undefined) return { decision, at, row: written }
    }
    throw new StoreUnavailable('a session changed under every attempt to refresh it')
  }

  /** Whether a token of this time may be one that a restored database has forgotten; times in milliseconds. */
  const recovering = async (issuedAt: number, at: number): Promise<boolean> => {
    const recovery = await store.recovery()
    // What was handed out since is in the database: it has forgotten nothing of it.
    return recovery !== undefined && at < recovery.until && issuedAt <= recovery.declaredAt
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
    published([ended], reason)
    return true
  }

  return {
    prepare,
    ending,
    published,
    end,

    async start(subject, start) {
      const underEpoch = start.underEpoch ?? (await store.subject(subject)).epoch
      const { row, grant: handOut } = prepare(subject, start)
      const inserted = await store.insertSession(row, {
        underEpoch,
        audit: entry('session_started', row, start.device),
        ...(start.replacing !== undefined && { replacing: { ...ending('replaced'), id: start.replacing } }),
      })
      if (inserted.result !== 'inserted') return { result: inserted.result }
      if (inserted.ended !== undefined) published([inserted.ended], 'replaced')
      return { result: 'started', granted: await handOut() }
    },

    async refresh(claims, { device, audience, key }) {
      const { decision, at, row } = await settle(claims, device, key)
      options.onEvent({ event: 'refresh', outcome: decision.outcome, sessionId: claims.sessionId })
      if (decision.outcome === 'stale') return { result: 'stale', retryAfter: decision.retryAfter }
      if (decision.outcome === 'unproven') return { result: 'unproven' }
      if (row === undefined || decision.outcome === 'ended' || decision.outcome === 'reused') return { result: 'ended' }

      const user = findUser === undefined ? row.user : await callHook('findUser', () => findUser(row.subject))
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
      published(ended, reason)
      return ended.length
    },

    enable: (subject) => store.enableSubject(subject, entry('subject_enabled', { subject })),
    list: (subject) => store.sessionsOf(subject, { now: now(), usedSince: now() - idle }),
  }
}

/** The row keeps only a hash of the nonce; compared in constant time all the same. */
function sameNonce(row: SessionRow, claims: RefreshClaims): boolean {
  const presented = createHash('sha256').update(claims.nonce, 'utf8').digest()
  const kept = Buffer.from(row.nonceHash, 'hex')
  return kept.length === presented.length && timingSafeEqual(kept, presented)
}
