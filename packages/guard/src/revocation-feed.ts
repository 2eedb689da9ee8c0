// The issuer's list of ended sessions, as it grows: a stream that is held, and while there is none the list polled by ETag every second
// (docs/design.md, "Revocation without a lookup").
import { openStream } from '#stream'
import { background } from './background.ts'
import { createRemoteDocument, type LoadFailure } from './remote-document.ts'
import { applyList, asDocument, type FeedDocument } from './revocation-list.ts'
import { revocationDigest } from './revocation-digest.ts'
import type { RevocationView } from './revocation-view.ts'
import { readEvents } from './stream/events.ts'

export interface RevocationFeed {
  /** Resolves when the list has been asked for once, whatever came of it. */
  readonly first: Promise<void>
  /** To be called every second: fetches the list unless a stream brings it. */
  tick(): void
  health(): {
    readonly fetchedAt: number | null
    readonly failure: LoadFailure | null
    /** Whether a stream is held: a sign-out arrives as it happens. */
    readonly live: boolean
  }
}

/** Some hundred thousand sign-outs within the life of an access token. */
const LIMIT = 16_777_216
/** Milliseconds. */
const ANSWER_TIMEOUT = 5_000
/** Three heartbeats: a stream that says nothing for so long is dead, whatever the network believes. */
const SILENCE = 15_000
/** Between two tries to hold a stream; each is spread, so that all guards do not come back to a new node in one moment. */
const SHORTEST_WAIT = 500
const LONGEST_WAIT = 30_000
/** Where the answer is no stream (an older issuer, a proxy that cannot): asked again now and then. */
const NO_STREAM_WAIT = 60_000

export function createRevocationFeed(options: {
  readonly url: string
  readonly view: RevocationView
  readonly now: () => number
  readonly signal: AbortSignal
  /** Called with what the issuer calls its key set, each time it does. */
  readonly keysNamed: (tag: string) => void
  /** From 0 to 1. */
  readonly random?: () => number
}): RevocationFeed {
  const { url, view, now, signal, keysNamed, random = Math.random } = options
  let fetchedAt: number | null = null
  let failure: LoadFailure | null = null
  let live = false

  const apply = (document: FeedDocument): true | undefined => {
    if (document.keys !== undefined) keysNamed(document.keys)
    return applyList(document, view)
  }

  const list = createRemoteDocument({
    url,
    limit: LIMIT,
    read(found) {
      const document = asDocument(found)
      return document && apply(document)
    },
    signal,
  })
  const poll = async () => {
    const startedAt = now()
    const loaded = await list.load()
    failure = loaded.result === 'failed' ? loaded.reason : null
    // From the start of the request: whoever signed out since then is not on the list.
    if (loaded.result !== 'failed') fetchedAt = startedAt
  }
  let polling: Promise<void> | undefined
  const pollOnce = (): Promise<void> => {
    polling ??= poll().finally(() => {
      polling = undefined
    })
    return polling
  }

  /** What one event says. False when the stream is not to be believed any more. */
  const take = (name: string, data: string, openedAt: number): boolean => {
    const document = asDocument(parseJson(data))
    if (document === undefined) return false
    if (name === 'snapshot') {
      if (apply(document) === undefined) return false
      live = true
      failure = null
      fetchedAt = openedAt
      return true
    }
    // Nothing counts before the whole list.
    if (!live) return false
    if (name === 'ended') return apply(document) === true
    if (name !== 'heartbeat') return true
    const { from, digest, age } = document
    if (from === undefined || digest === undefined || age === undefined) return false
    // Something was lost on the way, or this node knows less than another one did: the whole list closes the gap.
    if (revocationDigest(view.snapshot(), from) !== digest) void pollOnce()
    else fetchedAt = Math.max(fetchedAt ?? 0, now() - age)
    apply(document)
    return true
  }

  /** One stream from its beginning to its end. Answers how long to wait before the next, in milliseconds; 0 for as usual. */
  const hold = async (): Promise<number> => {
    const silent = new AbortController()
    const both = AbortSignal.any([signal, silent.signal])
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = background(setTimeout(() => silent.abort(), SILENCE))
    }
    try {
      const openedAt = now()
      const headers = { accept: 'text/event-stream', 'cache-control': 'no-cache' }
      const opened = await openStream(url, { headers, timeout: ANSWER_TIMEOUT, signal: both })
      const streamed = opened.status === 200 && opened.contentType.startsWith('text/event-stream')
      if (!streamed) {
        silent.abort()
        return opened.status === 200 ? NO_STREAM_WAIT : 0
      }
      heard()
      for await (const { name, data } of readEvents(opened.body, LIMIT)) {
        heard()
        if (!take(name, data, openedAt)) {
          failure = 'not_believable'
          break
        }
        if (signal.aborted) break
      }
    } catch {
      // The network, a node that went, a silence, an event without end: the list is polled until there is a stream again.
    } finally {
      clearTimeout(timer)
      silent.abort()
    }
    return 0
  }

  let holding = false
  let wait = SHORTEST_WAIT
  let nextAt = 0
  const stream = async () => {
    holding = true
    const longer = await hold()
    const wasLive = live
    live = holding = false
    if (signal.aborted) return
    wait = wasLive ? SHORTEST_WAIT : Math.min(wait * 2, LONGEST_WAIT)
    nextAt = performance.now() + (longer || wait) * (0.5 + random())
    // What was said since it broke is on the list.
    if (wasLive) void pollOnce()
  }

  const tick = () => {
    if (signal.aborted) return
    if (!live) void pollOnce()
    if (!holding && performance.now() >= nextAt) void stream()
  }

  // The list first: it is there in one answer, and a stream that cannot be had must delay nobody.
  const first = pollOnce()
  void first.then(() => tick())
  return { first, tick, health: () => ({ fetchedAt, failure, live }) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
