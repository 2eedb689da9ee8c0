// "Inside your pass", the server's side: decodes what a request carried, spoils it and shows what the guard says, lets it expire.
// Development only: app.ts does not mount it in production. The answers hold the parts of a pass that anyone can read, never
// its signature, so nothing that is answered here can be used as a pass.
import { bearer } from '@hallpass/guard/hono'
import type { Auth, Guard } from '@hallpass/guard'
import { importJwks, TokenError, verify, type Algorithm, type Jwk } from '@hallpass/token'
import { Hono, type Context } from 'hono'
import { alter, ALTERATIONS, open } from './alterations.ts'
import type { CookieWatch } from './cookie-seen.ts'
import type { ExpirableGuard } from './expirable-guard.ts'
import type { History } from './history.ts'

export interface InsideOptions {
  readonly issuer: string
  readonly algorithms: readonly Algorithm[]
  readonly guard: Pick<Guard, 'check'>
  readonly expirable: ExpirableGuard
  readonly keys: { jwks(): Promise<{ readonly keys: readonly Jwk[] }> }
  readonly history: History
  readonly cookies: CookieWatch
  readonly now: () => number
}

type Env = { Variables: { auth: Auth } }

/** The routes, to be mounted under `/api/inside`. */
export function createInside(options: InsideOptions): Hono<Env> {
  const { guard, expirable, keys, history, cookies, now } = options
  const app = new Hono<Env>()
  app.use(bearer(expirable))

  app.get('/', (c) => {
    const { sessionId } = c.get('auth')
    return c.json({
      ...open(carried(c)),
      now: now(),
      cookie: cookies.of(sessionId) ?? null,
      // By name only: proves that the refresh cookie did not come along, as its Path says.
      carriedCookies: cookieNames(c.req.header('cookie')),
      history: history.of(sessionId),
    })
  })

  app.post('/alter', async (c) => {
    const body: unknown = await c.req.json().catch(() => undefined)
    const wanted = typeof body === 'object' && body !== null && 'alteration' in body ? body.alteration : undefined
    const alteration = ALTERATIONS.find((name) => name === wanted)
    if (alteration === undefined) return c.json({ code: 'invalid_input', status: 400 }, 400)

    const token = carried(c)
    const { kid } = open(token).header
    const jwks = await keys.jwks()
    const publicKey = jwks.keys.find((key) => key.kid === kid)
    if (publicKey === undefined) return c.json({ code: 'not_found', status: 404 }, 404)
    const altered = alter(token, alteration, publicKey)

    const checked = await guard.check(`Bearer ${altered}`)
    const { sessionId } = c.get('auth')
    const status = checked.ok ? 200 : checked.refusal.status
    if (alteration !== 'nothing') history.add(sessionId, { what: 'altered', alteration, status })
    // The guard's own words to a client are the same for every invalid pass; why is for the person at this page alone.
    return c.json({
      alteration,
      status,
      challenge: checked.ok ? null : (checked.refusal.headers['www-authenticate'] ?? null),
      why: await whyRefused(altered, options),
    })
  })

  app.post('/expire', (c) => {
    expirable.expire(c.get('auth').claims.jti)
    return c.body(null, 204)
  })

  return app
}

/** The pass of this request; the guard has read and accepted the header before. */
function carried(c: Context): string {
  return (c.req.header('authorization') ?? '').replace(/^bearer +/i, '')
}

async function whyRefused(token: string, { issuer, algorithms, keys, now }: InsideOptions): Promise<string | null> {
  try {
    const source = await importJwks(await keys.jwks(), { algorithms })
    await verify(token, source, { algorithms, type: 'at+jwt', issuer, audience: issuer, now })
    return null
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

function cookieNames(header: string | undefined): readonly string[] {
  return (header ?? '').split(';').flatMap((pair) => pair.split('=', 1)[0]?.trim() || [])
}
