// What every adapter says to the real server, in the server's own words: sign in, renew, sign out. An adapter translates the way a
// peer spells these; it adds no rule, no tolerance and no strictness. The refresh token that the server puts in a cookie is what a
// peer that keeps refresh tokens itself is handed.
import { cookiePairs, type Answer } from '../../../tests/support/http-exchange.ts'
import { PASSWORD } from '../../../tests/support/people.ts'
import type { RealServer } from '../../../tests/support/real-server.ts'

export interface Tokens {
  readonly accessToken: string
  readonly expiresIn: number
  readonly refreshToken: string
  readonly sid: string
  readonly user: { readonly id: string; readonly email: string }
}

/** Why there are no tokens, as the server said it. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly retryAfter: string | undefined
}

export interface Sessions {
  /** Somebody who has come to the provider's own sign-in page types their password there. */
  signIn(email: string, password?: string): Promise<Tokens | Refusal>
  renew(refreshToken: string): Promise<Tokens | Refusal>
  end(sid: string): Promise<void>
}

/** What a token says, unverified: it came from the server itself. */
export function claimsOf(token: string): { readonly sid: string; readonly iat: number; readonly exp: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as ReturnType<typeof claimsOf>
}

export const isRefusal = (answer: Tokens | Refusal): answer is Refusal => 'status' in answer

export function createSessions(server: RealServer, origin: string): Sessions {
  const cookieName = `hallpass-${new URL(origin).port}`
  const newest = new Map<string, string>()
  let addresses = 0

  const ask = (path: string, json: unknown, refreshToken?: string): Promise<Answer> => {
    addresses += 1
    return server.ask('POST', path, {
      json,
      headers: [
        // These are not about throttling.
        ['x-forwarded-for', `10.200.${addresses >> 8}.${addresses & 255}`],
        ...(refreshToken === undefined ? [] : [['cookie', `${cookieName}=${refreshToken}`] as const]),
      ],
    })
  }

  const read = ({ status, code, headers, json, setCookies }: Answer, presented = ''): Tokens | Refusal => {
    if (status !== 200) return { status, code, retryAfter: headers['retry-after'] }
    const { accessToken, expiresIn, session, user } = json as unknown as Omit<Tokens, 'sid' | 'refreshToken'> & {
      session: { readonly id: string }
    }
    // No cookie comes with an answer that is late: the token that was shown stays.
    const refreshToken = cookiePairs({ setCookies })[0]?.slice(cookieName.length + 1) ?? presented
    newest.set(session.id, refreshToken)
    return { accessToken, expiresIn, refreshToken, sid: session.id, user }
  }

  return {
    signIn: async (email, password = PASSWORD) => read(await ask('login', { email, password })),
    renew: async (refreshToken) => read(await ask('refresh', {}, refreshToken), refreshToken),
    async end(sid) {
      const refreshToken = newest.get(sid)
      if (refreshToken !== undefined) await ask('logout', {}, refreshToken)
    },
  }
}
