// Why was this person signed out? The audit of a session or a person, in order and in words.
import type { AuditEntry, SessionRow, Store } from '../store/store.ts'

export interface TimelineEntry {
  readonly at: number
  readonly event: string
  readonly sessionId: string | undefined
  readonly address: string | undefined
  /** What it means, in a sentence. */
  readonly words: string
}

export interface Timeline {
  readonly entries: readonly TimelineEntry[]
  /** The session as it stands now; undefined for a person, and for a session that is gone. */
  readonly session: SessionRow | undefined
}

/** Lines of one question; a person's last sessions. */
const MOST = 500

const WORDS: Readonly<Record<string, string>> = {
  account_created: 'The account was made.',
  session_started: 'Signed in.',
  session_ended_logout: 'Signed out by the person, on this device.',
  session_ended_everywhere: 'Signed out by the person, everywhere.',
  subject_ended_everywhere: 'The person signed out everywhere: every session ended.',
  'session_ended_by-owner': 'Signed out by the person, from the list of devices.',
  'session_ended_password-change': 'Ended because the password was changed.',
  'subject_ended_password-change': 'The password was changed: every session ended.',
  session_ended_replaced: 'Replaced by a new sign-in on the same device.',
  session_ended_reuse:
    'Ended because two parties held it: a refresh token came that somebody had used long before. Either it was copied, or an old copy of a ' +
    'browser profile was brought back.',
  'session_ended_user-gone': 'Ended because the application says that this user is gone.',
  session_ended_revoked: 'Ended by the application or an operator.',
  subject_ended_revoked: 'Every session was ended by the application or an operator.',
  subject_enabled: 'The account was enabled again.',
  refresh_recovered: 'An answer was lost on the way long ago; the session went on.',
  refresh_healed: 'The database had lost writes (a fail-over); the session went on where the browser was.',
  password_changed: 'The password was changed.',
}

/**
 * Tells what happened to a session (by its id) or a person (by the id that tokens have as `sub`), oldest first.
 *
 * @param idle how long a session may lie unused, in milliseconds: an end by the clock leaves no line of its own
 */
export async function timelineOf(
  store: Pick<Store, 'audit' | 'session'>,
  id: string,
  clock: { readonly now: number; readonly idle: number },
): Promise<Timeline> {
  const session = await store.session(id)
  const ofSession = await store.audit({ sessionId: id, limit: MOST })
  const lines = new Map<string, AuditEntry>()
  const add = (entries: readonly AuditEntry[]) => {
    for (const entry of entries) lines.set(JSON.stringify(entry), entry)
  }
  add(ofSession)
  const subject = session?.subject ?? (ofSession.length === 0 ? id : undefined)
  if (subject !== undefined) {
    const ofSubject = await store.audit({ subject, limit: MOST })
    // Of a session: what befell the person all at once. Of a person: everything, and what their sessions tell.
    const about = session === undefined ? ofSubject : ofSubject.filter((entry) => entry.sessionId === undefined)
    add(about)
    const sessions = new Set(about.flatMap(({ sessionId }) => (sessionId === undefined ? [] : [sessionId])))
    for (const sessionId of sessions) add(await store.audit({ sessionId, limit: MOST }))
  }
  const entries = [...lines.values()].map((entry): TimelineEntry => ({
    at: entry.at,
    event: entry.event,
    sessionId: entry.sessionId,
    address: entry.address,
    words: WORDS[entry.event] ?? entry.event,
  }))
  if (session !== undefined) entries.push(...ends(session, clock))
  return { entries: entries.sort((a, b) => a.at - b.at), session }
}

/** The ends that nobody wrote down, because nothing happened. */
function ends(session: SessionRow, { now, idle }: { readonly now: number; readonly idle: number }): TimelineEntry[] {
  if (session.endedAt !== null) return []
  const of = { sessionId: session.id, address: undefined }
  if (now >= session.expiresAt)
    return [
      { ...of, at: session.expiresAt, event: 'expired', words: 'Reached its longest life; a new sign-in is needed.' },
    ]
  if (now - session.rotatedAt >= idle)
    return [
      {
        ...of,
        at: session.rotatedAt + idle,
        event: 'idle',
        words: 'Lay unused for too long; a new sign-in is needed.',
      },
    ]
  return [{ ...of, at: now, event: 'living', words: 'Lives.' }]
}
