// A web Response sent as a Node response: beside what the application has put there, not instead of it.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { isLeaving } from './leaving.ts'

/** Headers of which an answer may have several: what the application set before stays. */
export const ADDED: ReadonlySet<string> = new Set(['set-cookie', 'vary'])

/** Sends a response; resolves when the last of it is handed to the socket, or the client has gone. */
export async function sendWebResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  if (outgoing.headersSent || outgoing.destroyed) {
    await response.body?.cancel()
    return
  }
  outgoing.statusCode = response.status
  // Set-Cookie comes out of Headers one by one, everything else joined.
  for (const [name, value] of response.headers) {
    // Not appendHeader: it writes into the very array the application gave, which may be one for all its answers, and then one
    // person's cookie would be sent to the next.
    outgoing.setHeader(name, ADDED.has(name) ? [...valuesOf(outgoing.getHeader(name)), value] : value)
  }
  if (isLeaving(outgoing.req)) outgoing.setHeader('connection', 'close')
  if (response.headers.get('content-type')?.startsWith('text/event-stream') && response.body !== null) {
    await stream(response.body, outgoing)
    return
  }
  outgoing.end(response.body === null ? undefined : new Uint8Array(await response.arrayBuffer()))
}

function valuesOf(header: number | string | readonly string[] | undefined): readonly string[] {
  return header === undefined ? [] : typeof header === 'object' ? header : [String(header)]
}

/** Event by event, as slowly as the client reads; the source is cancelled when the client goes. */
async function stream(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => undefined)
  outgoing.once('close', cancel)
  outgoing.flushHeaders()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!outgoing.write(next.value) && !outgoing.destroyed)
      await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')])
  }
  outgoing.off('close', cancel)
  outgoing.end()
}
