// The issuer's list of ended sessions, as it grows: a stream that is held, and while there is none the list polled by ETag every second
// (docs/design.md, "Revocation without a lookup"). A stream that follows another one brings what was missed, and not the whole again.
import { openStream } from '#stream'
import { background } from './background.ts'
import { createRemoteDocument, type LoadFailure } from './remote-document.ts'
import { applyList, asDocument, type FeedDocument } from './revocation-list.ts'
import { revocationDigest } from './revocation-digest.ts'
import type { RevocationView } from './revocation-view.ts'
import { readEvents, type ServerEvent } from './stream/events.ts'

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
/** Up to here after a stream that was held has broken: what was said meanwhile comes with the next one. */
const AGAIN_WITHIN = 400
/** Only after one that was held for so long: a proxy that ends each at once would be asked without pause. */
const HELD = 1_000
/** So long the list is not asked for while a stream that follows another one is opened. */
const PATIENCE = 1_000
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
  let holding = false
  let wait = SHORTEST_WAIT
  let nextAt = 0
  let pollFrom = 0

  let away = false
  const poll = async () => {
    const startedAt = now()
    const loaded = await list.load()
    failure = loaded.result === 'failed' ? loaded.reason : null
    if (loaded.result === 'failed') {
      away = true
      return
    }
    // From the start of the request: whoever signed out since then is not on the list.
    fetchedAt = startedAt
    if (!away) return
    // It is back: no reason to wait for a stream as long as one would while it was away.
    away = false
    wait = SHORTEST_WAIT
    nextAt = Math.min(nextAt, performance.now() + wait * (0.5 + random()))
  }
  let polling: Promise<void> | undefined
  const pollOnce = (): Promise<void> => {
    polling ??= poll().finally(() => {
      polling = undefined
    })
    return polling
  }

  /** Where the stream was when nothing was missing: what was added since then is all that the next one need bring. */
  let place: string | undefined

  /** What one event says. False when the stream is not to be believed any more. */
  const take = ({ name, data, id }: ServerEvent, openedAt: number, follows: boolean): boolean => {
    const document = asDocument(parseJson(data))
    if (document === undefined) return false
    if (name === 'snapshot') {
      if (apply(document) === undefined) return false
      live = true
      failure = null
      fetchedAt = openedAt
      place = id
      return true
    }
    // Nothing counts before the whole list, or what was missed of it.
    if (!live && !follows) return false
    if (name === 'ended') return apply(document) === true
    if (name !== 'heartbeat') return true
    const { from, digest, age } = document
    if (from === undefined || digest === undefined || age === undefined) return false
    live = true
    // Something was lost on the way, or this node knows less than another one did: the whole list closes the gap.
    const complete = revocationDigest(view.snapshot(), from) === digest
    if (complete) fetchedAt = Math.max(fetchedAt ?? 0, now() - age)
    else void pollOnce()
    if (complete) failure = null
    place = complete ? id : undefined
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
      const follows = place !== undefined
      const headers = {
        accept: 'text/event-stream',
        'cache-control': 'no-cache',
        ...(place !== undefined && { 'last-event-id': place }),
      }
      const opened = await openStream(url, { headers, timeout: ANSWER_TIMEOUT, signal: both })
      const streamed = opened.status === 200 && opened.contentType.startsWith('text/event-stream')
      if (!streamed) {
        silent.abort()
        return opened.status === 200 ? NO_STREAM_WAIT : 0
      }
      heard()
      for await (const event of readEvents(opened.body, LIMIT)) {
        heard()
        if (!take(event, openedAt, follows)) {
          failure = 'not_believable'
          place = undefined
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

  const stream = async () => {
    holding = true
    const begunAt = performance.now()
    const longer = await hold()
    const wasLive = live
    live = holding = false
    if (signal.aborted) return
    wait = wasLive ? SHORTEST_WAIT : Math.min(wait * 2, LONGEST_WAIT)
    if (!wasLive || place === undefined || performance.now() - begunAt < HELD) {
      nextAt = performance.now() + (longer || wait) * (0.5 + random())
      // What was said since it broke is on the list.
      void pollOnce()
      return
    }
    // It breaks for many at once, when a node goes: the next one is spread, and brings no more than was missed.
    const spread = AGAIN_WITHIN * random()
    nextAt = pollFrom = performance.now() + spread + PATIENCE
    const again = () => {
      nextAt = 0
      tick()
    }
    background(setTimeout(again, spread))
  }

  const tick = () => {
    if (signal.aborted) return
    if (!live && performance.now() >= pollFrom) void pollOnce()
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
