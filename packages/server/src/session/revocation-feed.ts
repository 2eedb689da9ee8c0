// GET revocations: the list with an ETag for who polls, and a stream for who holds one: the whole list at first, what is added as it
// is added, and a heartbeat with a digest, by which a reader sees that something did not arrive. Who comes again is sent what it has
// missed (docs/wire.md).
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
/** Seconds before the place that a reader names, from which it is sent all again: clocks of nodes differ, and a write takes its time. */
const OVERLAP = 10
/** Seconds: whoever was away for longer gets the whole list. */
const LONGEST_AWAY = 300
/** Bytes that may wait for a slow reader: about a thousand sign-outs. */
const BOUND = 65_536
/** Streams of one process. Anybody may ask, and each costs a socket. */
const MOST_STREAMS = 10_000

export function createRevocationFeed(options: {
  readonly revocations: Revocations
  /** Names the key set as it is now: another one, another name. */
  readonly keysTag: () => Promise<string>
  /** Milliseconds that an access token lives: an entry's `until` is so much later than its ending. */
  readonly lifetime: number
  readonly now: () => number
  readonly heartbeat?: number
  readonly bound?: number
  readonly mostStreams?: number
}): RevocationFeed {
  const { revocations, keysTag, lifetime, now } = options
  const { heartbeat = HEARTBEAT, bound = BOUND, mostStreams = MOST_STREAMS } = options
  const streams = new Set<EventStream>()
  let draining = false
  const broadcast = (event: string, data: unknown) => {
    if (streams.size === 0) return
    const chunk = encodeEvent(event, data)
    for (const stream of streams) stream.send(chunk)
  }
  const unwatch = revocations.watch((added) => broadcast('ended', { revocations: added }))

  /**
   * What is known now, summed up, for one event. How old the knowledge is goes with it: a node that has lost its database does not pass
   * for a fresh one. Undefined when it has never read it.
   */
  const sum = (keys: string): Uint8Array | undefined => {
    const { revocations: known, age } = revocations.known()
    const from = Math.floor(now() / 1000) + DIGEST_MARGIN
    if (!Number.isFinite(age)) return undefined
    return encodeEvent('heartbeat', { from, digest: revocationDigest(known, from), age, keys }, certainAt(age))
  }
  /** The moment up to which nothing is missing, in seconds since 1970: the place of a reader who has heard all until now. */
  const certainAt = (age: number) => Math.floor((now() - age) / 1000)

  const beat = async () => {
    if (streams.size === 0) return
    const keys = await keysTag()
    // Read and sent in one go, so that the digest is of exactly what each stream has been sent.
    const chunk = sum(keys)
    if (chunk !== undefined) for (const stream of streams) stream.send(chunk)
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
  /** The whole list, made once for all who come until something changes. */
  const whole = (of: readonly Revocation[], keys: string): Uint8Array => {
    const { age } = revocations.known()
    const id = Number.isFinite(age) ? certainAt(age) : undefined
    if (opening?.of !== of || opening.keys !== keys)
      opening = { of, keys, chunk: encodeEvent('snapshot', { revocations: of, keys }, id) }
    return opening.chunk
  }
  /** What was added since the place that a reader names, and the sum by which it sees whether that was all; undefined when it is too old. */
  const missed = (of: readonly Revocation[], keys: string, lastEventId: string | null): Uint8Array | undefined => {
    if (lastEventId === null || !/^\d{1,12}$/.test(lastEventId)) return undefined
    const place = Number(lastEventId)
    const away = now() / 1000 - place
    if (away > LONGEST_AWAY || away < -OVERLAP) return undefined
    const from = place - OVERLAP + lifetime / 1000
    const summed = sum(keys)
    return summed && joined(encodeEvent('ended', { revocations: of.filter(({ until }) => until > from) }), summed)
  }
  const open = async (lastEventId: string | null): Promise<Response> => {
    const { of, keys } = await current()
    if (draining || streams.size >= mostStreams) return problemResponse(new Refusal('busy', { retryAfter: 5 }))
    const first = missed(of, keys, lastEventId) ?? whole(of, keys)
    const stream = createEventStream(first, bound, () => streams.delete(stream))
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
      if (streamed && request.method === 'GET') return open(request.headers.get('last-event-id'))
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

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.byteLength + other.byteLength)
  both.set(one)
  both.set(other, one.byteLength)
  return both
}
