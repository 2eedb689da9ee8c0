// One JSON document of the issuer, fetched again and again: by ETag, bounded in size and time, never over a redirect.

export type LoadFailure = 'network' | 'timeout' | 'redirect' | 'status' | 'too_large' | 'not_json' | 'not_believable'

export type Loaded<Value> =
  | { readonly result: 'fetched'; readonly value: Value }
  | { readonly result: 'unchanged' }
  | { readonly result: 'failed'; readonly reason: LoadFailure }

export interface RemoteDocument<Value> {
  /** Fetches it; never rejects. */
  load(): Promise<Loaded<Value>>
  /** The `ETag` of what was last believed; undefined when there is none. */
  etag(): string | undefined
}

const TIMEOUT = 5_000

/**
 * Prepares to fetch a document.
 *
 * @param options.read makes a value of the parsed JSON, or undefined when it is not to be believed
 * @param options.limit the most bytes a document may have, after decompression
 * @param options.signal ends what is under way
 */
export function createRemoteDocument<Value>(options: {
  readonly url: string
  readonly limit: number
  readonly read: (document: unknown) => Value | undefined | Promise<Value | undefined>
  readonly signal: AbortSignal
}): RemoteDocument<Value> {
  const { url, limit, read, signal } = options
  let etag: string | undefined

  const fetchText = async (): Promise<Loaded<string> & { readonly etag?: string | undefined }> => {
    const response = await fetch(url, {
      // Whoever caches in between asks the issuer too: a key or a session taken back must not live on in a cache.
      headers: {
        accept: 'application/json',
        'cache-control': 'no-cache',
        ...(etag !== undefined && { 'if-none-match': etag }),
      },
      // Whoever can make the issuer redirect must not choose the keys.
      redirect: 'manual',
      // The time is for all of it: a body that drips is cut off like a connection that hangs.
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    })
    if (response.status === 304 && etag !== undefined) return { result: 'unchanged' }
    if (response.status !== 200) {
      await response.body?.cancel()
      const redirected = response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)
      return { result: 'failed', reason: redirected ? 'redirect' : 'status' }
    }
    const text = await readBounded(response, limit)
    if (text === undefined) return { result: 'failed', reason: 'too_large' }
    return { result: 'fetched', value: text, etag: response.headers.get('etag') ?? undefined }
  }

  return {
    etag: () => etag,
    async load() {
      let answer
      try {
        answer = await fetchText()
      } catch (error) {
        const timedOut = error instanceof Error && error.name === 'TimeoutError'
        return { result: 'failed', reason: timedOut ? 'timeout' : 'network' }
      }
      if (answer.result !== 'fetched') return answer
      const document = parseJson(answer.value)
      if (document === undefined) return { result: 'failed', reason: 'not_json' }
      const value = await read(document.value)
      if (value === undefined) return { result: 'failed', reason: 'not_believable' }
      // Only what was believed may later be called unchanged.
      etag = answer.etag
      return { result: 'fetched', value }
    },
  }
}

async function readBounded(response: Response, limit: number): Promise<string | undefined> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  let size = 0
  let text = ''
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length
    if (size > limit) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(next.value, { stream: true })
  }
  return text + decoder.decode()
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
