// One server-sent event stream (WHATWG HTML, 9.2): what is sent waits for a slow reader up to a bound, and no longer.

export interface EventStream {
  readonly body: ReadableStream<Uint8Array>
  /** False when the reader was too slow, or has gone: the stream is over then. */
  send(chunk: Uint8Array): boolean
  end(): void
}

/**
 * Opens a stream.
 *
 * @param first what every reader gets at once, however large: one copy in memory for all readers
 * @param bound how many bytes may wait besides
 * @param closed called once when it is over, whoever ended it
 */
export function createEventStream(first: Uint8Array, bound: number, closed: () => void): EventStream {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const over = () => {
    if (controller === undefined) return false
    controller = undefined
    closed()
    return true
  }
  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given
        given.enqueue(first)
      },
      cancel: () => void over(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: first.byteLength + bound }),
  )
  const end = () => {
    const open = controller
    if (over()) open?.close()
  }
  return {
    body,
    end,
    send(chunk) {
      if (controller === undefined) return false
      if ((controller.desiredSize ?? 0) < chunk.byteLength) {
        // It comes again and gets the whole list, which is cheaper than what has piled up.
        end()
        return false
      }
      controller.enqueue(chunk)
      return true
    },
  }
}

const encoder = new TextEncoder()

/**
 * An event as it is written: `data` is JSON, which has no line breaks of its own. `id` is what a reader that comes again gives as
 * `Last-Event-ID`.
 */
export function encodeEvent(event: string, data: unknown, id?: number): Uint8Array {
  return encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n${id === undefined ? '' : `id: ${id}\n`}\n`)
}
