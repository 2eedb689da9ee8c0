// The decision of a refresh: what a presented refresh token means, given the row of its session. A pure function, no I/O:
// it is searched exhaustively for short histories and by model for long ones (docs/design.md, "Rotation").

/** Within this many milliseconds after a rotation the same answer is given again. */
export const REPLAY_WINDOW = 30_000
/** Within this many milliseconds after a rotation nothing is called theft. */
export const DOUBT_WINDOW = 60_000
/** How many generations a database that lost writes may lie behind a client: what a standby lags. After a restore an operator says more. */
export const HEAL_STEPS = 4

/** The part of a session row that the decision looks at; times in milliseconds. */
export interface RotationRow {
  /** The generation last handed out (g). */
  readonly generation: number
  /** The last generation a client has shown it held (p), -1 at first. */
  readonly proven: number
  /** When `generation` was handed out: the last rotation, the creation at first. */
  readonly rotatedAt: number
  /** The absolute end; rotation never moves it. */
  readonly expiresAt: number
  readonly endedAt: number | null
}

/** What a refresh token says of itself; `issuedAt` in milliseconds. */
export interface Presented {
  readonly generation: number
  readonly issuedAt: number
}

/** The row's new values, written with the old ones as the condition. */
export interface RotationWrite {
  readonly generation: number
  readonly proven: number
  readonly rotatedAt: number
}

export type Decision =
  /** Nothing is written; the current refresh token is given (again). */
  | { readonly outcome: 'repeated' | 'replayed' }
  /** Nothing is written; an access token, but no cookie. */
  | { readonly outcome: 'late' }
  /** Nothing is written; the client is asked to come again. `retryAfter` in milliseconds. */
  | { readonly outcome: 'stale'; readonly retryAfter: number }
  /** A new generation is written. */
  | { readonly outcome: 'rotated' | 'recovered' | 'healed'; readonly write: RotationWrite }
  /** Two parties hold this session: it ends. */
  | { readonly outcome: 'reused' }
  | { readonly outcome: 'ended' }

export type Outcome = Decision['outcome']

/**
 * Decides what a presented refresh token means for its session.
 *
 * @param row the session row, or undefined when there is none
 * @param presented generation and issue time of the token; its nonce has been compared already
 * @param now the time in milliseconds
 * @param idle how long a session may lie unused, in milliseconds
 * @param healSteps how many generations the row may lie behind the token
 */
export function decide(
  row: RotationRow | undefined,
  presented: Presented,
  now: number,
  idle: number,
  healSteps: number = HEAL_STEPS,
): Decision {
  if (row === undefined || row.endedAt !== null || now >= row.expiresAt) return { outcome: 'ended' }

  const { generation: current, proven, rotatedAt } = row
  const { generation, issuedAt } = presented

  // The database lost writes: the token is newer than the row, so the row cannot say when the session was last used.
  if (generation > current) {
    if (generation > current + healSteps || now - issuedAt >= idle) return { outcome: 'ended' }
    return { outcome: 'healed', write: { generation: generation + 1, proven: generation, rotatedAt: now } }
  }

  // A clock that jumped back must not make a rotation look long ago, nor in the future.
  const age = Math.max(0, now - rotatedAt)
  if (age >= idle) return { outcome: 'ended' }

  if (generation === current) {
    if (age <= REPLAY_WINDOW) return { outcome: 'repeated' }
    return { outcome: 'rotated', write: { generation: current + 1, proven: current, rotatedAt: now } }
  }
  if (generation === proven) {
    if (age <= REPLAY_WINDOW) return { outcome: 'replayed' }
    if (age <= DOUBT_WINDOW) return { outcome: 'late' }
    return { outcome: 'recovered', write: { generation: current + 1, proven, rotatedAt: now } }
  }
  if (age <= DOUBT_WINDOW) return { outcome: 'stale', retryAfter: DOUBT_WINDOW - age }
  return { outcome: 'reused' }
}
