// GET revocations: the list with an ETag for who polls, and a stream for who holds one: the whole list at first, what is added as it
// is added, and a heartbeat with a digest, by which a reader sees that something did not arrive (docs/wire.md).
import { revocationDigest, type Revocation } from '@hallpass/guard'
import { cacheable } from '../http/cacheable.ts'
import { createEventStream, encodeEvent, type EventStream } from '../http/event-stream.ts'
import type { Handler } from '../http/exchange.ts'
import { problemResponse, Refusal } from '../http/problem.ts'
import type { Revocations } from './revocation.ts'

export interface RevocationFeed {
  readonly handler: Handler
  /** The key set has changed: whoever holds the stream is told at once. */
  keysChanged(): void
  /** How many streams are held now. */
  streams(): number
  /** Ends every stream and opens no more: readers go to another node, and this one's sockets can be closed. */
  drain(): void
}

/** Milliseconds; a reader calls a stream dead after three. */
const HEARTBEAT = 5_000
/** Seconds: entries about to be forgotten are in no digest, as clocks differ. */
const DIGEST_MARGIN = 10
/** Bytes that may wait for a slow reader: about a thousand sign-outs. */
const BOUND = 65_536
/** Streams of one process. Anybody may ask, and each costs a socket. */
const MOST_STREAMS = 10_000

export function createRevocationFeed(options: {
  readonly revocations: Revocations
  /** Names the key set as it is now: another one, another name. */
  readonly keysTag: () => Promise<string>
  readonly now: () => number
  readonly heartbeat?: number
  readonly bound?: number
  readonly mostStreams?: number
}): RevocationFeed {
  const { revocations, keysTag, now, heartbeat = HEARTBEAT, bound = BOUND, mostStreams = MOST_STREAMS } = options
  const streams = new Set<EventStream>()
  let draining = false
  const broadcast = (event: string, data: unknown) => {
    if (streams.size === 0) return
    const chunk = encodeEvent(event, data)
    for (const stream of streams) stream.send(chunk)
  }
  const unwatch = revocations.watch((added) => broadcast('ended', { revocations: added }))

  const beat = async () => {
    if (streams.size === 0) return
    const keys = await keysTag()
    const { revocations: known, age } = revocations.known()
    // Read and sent in one go, so that the digest is of exactly what each stream has been sent. How old the knowledge is goes with it: a
    // node that has lost its database does not pass for a fresh one.
    const from = Math.floor(now() / 1000) + DIGEST_MARGIN
    if (Number.isFinite(age)) broadcast('heartbeat', { from, digest: revocationDigest(known, from), age, keys })
  }
  const timer = setInterval(() => void beat().catch(() => undefined), heartbeat)
  timer.unref()

  /** The list as it is now. Nothing is awaited between the list and what is made of it, so no addition falls in between. */
  const current = async () => {
    await revocations.list()
    const keys = await keysTag()
    return { of: revocations.known().revocations, keys }
  }
  let opening: { readonly of: readonly Revocation[]; readonly keys: string; readonly chunk: Uint8Array } | undefined
  const open = async (): Promise<Response> => {
    const { of, keys } = await current()
    if (draining || streams.size >= mostStreams) return problemResponse(new Refusal('busy', { retryAfter: 5 }))
    // Made once for all who come until something changes.
    if (opening?.of !== of || opening.keys !== keys)
      opening = { of, keys, chunk: encodeEvent('snapshot', { revocations: of, keys }) }
    const stream = createEventStream(opening.chunk, bound, () => streams.delete(stream))
    streams.add(stream)
    return new Response(stream.body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        // A proxy that compresses would hold events back.
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        vary: 'Accept',
      },
    })
  }

  return {
    async handler({ request }) {
      const streamed = request.headers.get('accept')?.toLowerCase().includes('text/event-stream') === true
      if (streamed && request.method === 'GET') return open()
      const { of, keys } = await current()
      return cacheable(request, JSON.stringify({ revocations: of, keys }), {
        type: 'application/json',
        cacheControl: 'no-cache',
        vary: 'Accept',
      })
    },
    keysChanged: () => void beat().catch(() => undefined),
    streams: () => streams.size,
    drain() {
      draining = true
      clearInterval(timer)
      unwatch()
      for (const stream of streams) stream.end()
    },
  }
}
