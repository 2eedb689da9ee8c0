// The issuer's list of ended sessions, polled every second by ETag into the view (docs/design.md, "Revocation without a lookup").
import { createRemoteDocument, type LoadFailure } from './remote-document.ts'
import type { Revocation, RevocationView } from './revocation-view.ts'

export interface RevocationFeed {
  /** Resolves when the list has been asked for once, whatever came of it. */
  readonly first: Promise<void>
  /** Fetches the list now, or joins the fetch under way. */
  poll(): Promise<void>
  health(): { readonly fetchedAt: number | null; readonly failure: LoadFailure | null }
}

/** Some hundred thousand sign-outs within the life of an access token. */
const LIMIT = 16_777_216

export function createRevocationFeed(options: {
  readonly url: string
  readonly view: RevocationView
  readonly now: () => number
  readonly signal: AbortSignal
}): RevocationFeed {
  const { url, view, now, signal } = options
  const document = createRemoteDocument({ url, limit: LIMIT, read: (found) => apply(found, view), signal })
  let fetchedAt: number | null = null
  let failure: LoadFailure | null = null
  let polling: Promise<void> | undefined

  const load = async () => {
    const startedAt = now()
    const loaded = await document.load()
    failure = loaded.result === 'failed' ? loaded.reason : null
    // From the start of the request: whoever signed out since then is not on the list.
    if (loaded.result !== 'failed') fetchedAt = startedAt
  }
  const poll = () => {
    polling ??= load().finally(() => {
      polling = undefined
    })
    return polling
  }

  return { first: poll(), poll, health: () => ({ fetchedAt, failure }) }
}

/**
 * Takes over what the list says. Entries are only ever added: the view itself forgets them in time. An entry that cannot be believed
 * (a time no token lives to) is left out and makes the list as a whole one that was not received, which `health()` shows.
 */
function apply(found: unknown, view: RevocationView): true | undefined {
  const revocations = isRecord(found) ? found['revocations'] : undefined
  if (!Array.isArray(revocations)) return undefined
  let believed = true
  for (const entry of revocations as readonly unknown[]) {
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
