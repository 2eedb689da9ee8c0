// What an answer of the auth endpoints says of a session: to a test that judges it.

export interface SessionAnswer {
  readonly status: number
  readonly code: unknown
  /** The pair to store, '' to forget it, undefined to leave it. */
  readonly cookie: string | undefined
  readonly sessionId: string | undefined
  readonly userId: string | undefined
  readonly accessToken: string | undefined
}

/** Reads an answer: a session, a problem or nothing. */
export async function readSessionAnswer(response: Response): Promise<SessionAnswer> {
  const text = await response.text()
  const json = (text === '' ? {} : JSON.parse(text)) as {
    readonly code?: unknown
    readonly accessToken?: string
    readonly session?: { readonly id: string }
    readonly user?: { readonly id: string }
  }
  const pair = response.headers
    .getSetCookie()
    .find((line) => line.startsWith('__Http-hallpass='))
    ?.split(';', 1)[0]
  return {
    status: response.status,
    code: json.code,
    cookie: pair?.endsWith('=') ? '' : pair,
    sessionId: json.session?.id,
    userId: json.user?.id,
    accessToken: json.accessToken,
  }
}

/** What a refresh token says; only the test reads it. */
export function claimsOf(cookie: string): { readonly sid: string; readonly gen: number; readonly iat: number } {
  const [, payload = ''] = cookie.slice(cookie.indexOf('=') + 1).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as ReturnType<typeof claimsOf>
}
