// What the issuer says about ended sessions, polled or streamed: read, believed or not, and taken into the view.
import type { Revocation, RevocationView } from './revocation-view.ts'

/** The members of the feed's documents that are of the right kind; `revocations` as it came. */
export interface FeedDocument {
  readonly revocations: readonly unknown[] | undefined
  /** Names the key set: another one, another name. */
  readonly keys: string | undefined
  readonly from: number | undefined
  readonly digest: string | undefined
  /** How long ago the issuer was sure of it, in milliseconds. */
  readonly age: number | undefined
}

/** Reads a document, or undefined when it is none. */
export function asDocument(found: unknown): FeedDocument | undefined {
  if (!isRecord(found)) return undefined
  const { revocations, keys, from, digest, age } = found
  return {
    revocations: Array.isArray(revocations) ? (revocations as readonly unknown[]) : undefined,
    keys: typeof keys === 'string' ? keys : undefined,
    from: Number.isSafeInteger(from) ? Number(from) : undefined,
    digest: typeof digest === 'string' ? digest : undefined,
    age: typeof age === 'number' && age >= 0 ? age : undefined,
  }
}

/**
 * Takes over what the list says. Entries are only ever added: the view itself forgets them in time. An entry that cannot be believed
 * (a time no token lives to) is left out and makes the list as a whole one that was not received, which `health()` shows.
 */
export function applyList({ revocations }: FeedDocument, view: RevocationView): true | undefined {
  if (revocations === undefined) return undefined
  let believed = true
  for (const entry of revocations) {
    if (!isRevocation(entry) || !ended(view, entry)) believed = false
  }
  return believed || undefined
}

function ended(view: RevocationView, { sid, until }: Revocation): boolean {
  try {
    view.end(sid, until)
    return true
  } catch {
    return false
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isRevocation(value: unknown): value is Revocation {
  return isRecord(value) && typeof value['sid'] === 'string' && typeof value['until'] === 'number'
}
