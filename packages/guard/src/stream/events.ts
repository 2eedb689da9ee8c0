// Server-sent events out of bytes (WHATWG HTML, 9.2.6), as far as the feed uses them: an event's name, its data and its id. A part that
// grows beyond a bound ends the reading.

export interface ServerEvent {
  readonly name: string
  readonly data: string
  /** What to give as `Last-Event-ID` by whoever has heard all up to here. */
  readonly id?: string
}

/**
 * Reads events as they come.
 *
 * @param limit the most characters one event may have
 * @throws RangeError when one is longer
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  // In pieces: joining the whole again for each chunk would cost the square of a large event.
  let pieces: string[] = []
  let length = 0
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true })
    length += text.length
    pieces.push(text)
    // The end of an event may lie across two chunks.
    const tail = (pieces.at(-2) ?? '').slice(-1) + text
    if (tail.includes('\n\n')) {
      const parts = pieces.join('').split('\n\n')
      const rest = parts.pop() ?? ''
      pieces = [rest]
      length = rest.length
      for (const part of parts) {
        if (part.length > limit) throw new RangeError('an event is too long')
        const event = parse(part)
        // A comment, which keeps a line awake, is no event.
        if (event.data !== '') yield event
      }
    }
    if (length > limit) throw new RangeError('an event is too long')
  }
}

function parse(text: string): ServerEvent {
  let name = 'message'
  const data: string[] = []
  let id: string | undefined
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
    if (field === 'id') id = value
  }
  return { name, data: data.join('\n'), ...(id !== undefined && { id }) }
}
