// The refresh cookie: read and written here and nowhere else (RFC 6265bis; docs/design.md, "Wire").

export interface CookieOptions {
  /** The public origin: its scheme decides the name and `Secure`. */
  readonly issuer: URL
  readonly basePath: string
  /** `path`: travels only to the auth paths. `host`: cannot be planted by a sibling host, travels with every request. */
  readonly mode: 'path' | 'host'
  readonly sameSite: 'Strict' | 'Lax'
}

export interface RefreshCookie {
  /** The values a request carries under our names, the `host` name first, each once. */
  read(header: string | null): readonly string[]
  /** The `Set-Cookie` that hands a refresh token over; `maxAge` in seconds, undefined for "until the browser closes". */
  write(token: string, maxAge: number | undefined): string
  /** The `Set-Cookie`s that take it away: one for each name we read. */
  clear(): readonly string[]
}

/** Browsers keep no cookie longer (RFC 6265bis, 5.5). */
const LONGEST = 400 * 86_400

export function createRefreshCookie(options: CookieOptions): RefreshCookie {
  const { issuer, basePath, mode, sameSite } = options
  const secure = issuer.protocol === 'https:'
  // Ports share cookies, so plain-http development names carry the port. No `Secure` there: WebKit refuses it on loopback.
  const plain = `hallpass-${issuer.port || '80'}`
  const paths = secure
    ? { host: { name: '__Host-Http-hallpass', path: '/' }, path: { name: '__Http-hallpass', path: basePath } }
    : { host: { name: `${plain}-host`, path: '/' }, path: { name: plain, path: basePath } }

  const serialise = (name: string, value: string, path: string, maxAge: number | undefined): string => {
    if (/[^\w.~-]/.test(value)) throw new Error('a refresh token has no character that a cookie cannot carry')
    const age = maxAge === undefined ? '' : `; Max-Age=${Math.min(LONGEST, Math.max(0, Math.floor(maxAge)))}`
    return `${name}=${value}; Path=${path}${age}; HttpOnly${secure ? '; Secure' : ''}; SameSite=${sameSite}`
  }

  return {
    read(header) {
      const pairs = header === null ? [] : header.split(';').map(pair)
      const of = (name: string) => pairs.flatMap(([key, value]) => (key === name && value !== '' ? [value] : []))
      return [...new Set([...of(paths.host.name), ...of(paths.path.name)])]
    },
    write: (token, maxAge) => serialise(paths[mode].name, token, paths[mode].path, maxAge),
    clear: () => [paths.host, paths.path].map(({ name, path }) => serialise(name, '', path, 0)),
  }
}

/** Trims only what the standard trims, SP and HTAB: a name with a no-break space before it is another name. */
function pair(text: string): readonly [string, string] {
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '')
  const equals = trimmed.indexOf('=')
  return equals < 0 ? ['', trimmed] : [trimmed.slice(0, equals), trimmed.slice(equals + 1)]
}
