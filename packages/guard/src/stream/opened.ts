// What opening a stream answers, whatever runtime opened it.

export interface Opened {
  readonly status: number
  readonly contentType: string
  readonly etag: string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * Sends a GET that may stay open for days.
 *
 * Rejects when there is no connection, when no answer begins within `timeout` milliseconds, and when the signal aborts, which also
 * ends a body under way. Redirects are not followed.
 */
export type OpenStream = (
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>
    readonly timeout: number
    readonly signal: AbortSignal
  },
) => Promise<Opened>
