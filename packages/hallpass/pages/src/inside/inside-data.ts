// What the server says about the pass a request carried: parts that anyone who holds a pass can read, and never its signature.

export interface InsideData {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** How long each part is, in characters. */
  readonly lengths: { readonly header: number; readonly claims: number; readonly signature: number }
  /** Seconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly jti: string
  /** What to add to this machine's clock to get the server's, in milliseconds. */
  readonly clockOffset: number
  readonly cookie: CookieData | undefined
  /** Names of the cookies that came with this very request. */
  readonly carriedCookies: readonly string[]
  /** The newest first. */
  readonly history: readonly HistoryEntry[]
}

export interface CookieData {
  readonly name: string
  readonly valueBytes: number
  readonly attributes: readonly (readonly [name: string, value: string])[]
}

export interface HistoryEntry {
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
  readonly what: string
  readonly outcome: string
  readonly alteration: string
}

/** @throws TypeError when it is something else */
export function readInside(raw: unknown): InsideData {
  const data = asObject(raw)
  const [header, claims] = [asObject(data['header']), asObject(data['claims'])]
  return {
    header,
    claims,
    lengths: readLengths(asObject(data['lengths'])),
    issuedAt: Number(claims['iat']),
    expiresAt: Number(claims['exp']),
    jti: String(claims['jti']),
    clockOffset: Number(data['now']) - Date.now(),
    cookie: data['cookie'] === null ? undefined : readCookie(asObject(data['cookie'])),
    carriedCookies: asList(data['carriedCookies']).map(String),
    history: asList(data['history']).map(asObject).map(readEntry),
  }
}

function readLengths({ header, claims, signature }: Record<string, unknown>): InsideData['lengths'] {
  return { header: Number(header), claims: Number(claims), signature: Number(signature) }
}

function readCookie(cookie: Record<string, unknown>): CookieData {
  return {
    name: String(cookie['name']),
    valueBytes: Number(cookie['valueBytes']),
    attributes: asList(cookie['attributes']).map((pair) => {
      const [name, value] = asList(pair)
      return [String(name), String(value)] as const
    }),
  }
}

function readEntry(entry: Record<string, unknown>): HistoryEntry {
  const text = (name: string) => (typeof entry[name] === 'string' ? entry[name] : '')
  return { at: Number(entry['at']), what: text('what'), outcome: text('outcome'), alteration: text('alteration') }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('an object is wanted')
  return value as Record<string, unknown>
}

function asList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list is wanted')
  return value
}
