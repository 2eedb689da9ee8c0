// What the browser was last told about its refresh cookie: the name and the attributes, taken from the Set-Cookie that was
// really sent. The value is measured and let go.

export interface CookieSeen {
  readonly name: string
  /** How many bytes the value has; never the value. */
  readonly valueBytes: number
  /** As they were sent, in their order: `['Path', '/api/auth']`, `['HttpOnly', '']`. */
  readonly attributes: readonly (readonly [name: string, value: string])[]
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface CookieWatch {
  /** Looks at an answer of the auth paths; the answer itself is left as it is. */
  look(response: Response): Promise<void>
  of(sessionId: string): CookieSeen | undefined
}

/** Remembers the last cookie of so many sessions. */
export function createCookieWatch(options: { readonly now: () => number; readonly sessions: number }): CookieWatch {
  const seen = new Map<string, CookieSeen>()
  return {
    async look(response) {
      const [cookie] = response.headers.getSetCookie()
      if (cookie === undefined || !response.ok || response.status === 204) return
      const sessionId = readSessionId(await response.clone().json())
      if (sessionId === undefined) return
      seen.delete(sessionId)
      seen.set(sessionId, { ...readSetCookie(cookie), at: options.now() })
      const [oldest] = seen.keys()
      if (seen.size > options.sessions && oldest !== undefined) seen.delete(oldest)
    },
    of: (sessionId) => seen.get(sessionId),
  }
}

/** RFC 6265, 5.2: the pair up to the first semicolon, then attributes. */
function readSetCookie(header: string): Omit<CookieSeen, 'at'> {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  return {
    name: pair.slice(0, equals),
    valueBytes: Buffer.byteLength(pair.slice(equals + 1)),
    attributes: attributes.map((attribute) => {
      const [name = '', value = ''] = attribute.split('=', 2)
      return [name, value] as const
    }),
  }
}

function readSessionId(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('session' in answer)) return undefined
  const { session } = answer
  if (typeof session !== 'object' || session === null || !('id' in session)) return undefined
  return typeof session.id === 'string' ? session.id : undefined
}
