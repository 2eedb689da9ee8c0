// What the doctor sees from outside: the issuer's address, through whatever proxies stand in front.
import { cookieFinding } from './cookie-finding.ts'
import { bad, good, warning, type Finding } from './finding.ts'

const TIMEOUT = 5_000
const STREAM_PATIENCE = 3_000
/** Seconds: longer, and a withdrawn key lives on in caches. */
const LONGEST_CACHE = 3_600

/**
 * Asks the issuer what services and browsers ask it.
 *
 * @param signing the key that signs, to be found among the published ones
 * @param patience how long the stream of sign-outs may take to begin, in milliseconds
 */
export async function issuerFindings(
  issuer: string,
  signing: string | undefined,
  patience: number = STREAM_PATIENCE,
): Promise<readonly Finding[]> {
  const first = await keySet(issuer, signing)
  // Nobody there: one finding will do.
  if (first.state === 'bad') return [first]
  return [first, await endpoints(issuer), await cookie(issuer), await stream(issuer, patience)]
}

async function ask(url: string, init: RequestInit = {}): Promise<Response | string> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT), ...init })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return cause instanceof Error ? cause.message : String(cause)
  }
}

async function keySet(issuer: string, signing: string | undefined): Promise<Finding> {
  const about = 'key set'
  const url = `${issuer}/api/auth/jwks`
  const response = await ask(url)
  if (typeof response === 'string')
    return bad(
      about,
      `${url} does not answer: ${response}`,
      'start the server, or check HALLPASS_ISSUER and what stands in front',
    )
  if (response.status !== 200)
    return bad(about, `${url} answers ${response.status}`, 'check where the proxy sends /api/auth')
  const body: unknown = await response.json().catch(() => undefined)
  const keys = typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys) ? body.keys : []
  const published = (keys as readonly unknown[]).some(
    (key) => typeof key === 'object' && key !== null && 'kid' in key && key.kid === signing,
  )
  if (!published)
    return bad(
      about,
      `${url} does not publish the key that signs`,
      'another deployment, or an old cache, answers there',
    )
  const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0)
  if (maxAge === 0)
    return warning(
      about,
      `${url} may not be cached, so every service asks for it again and again`,
      'let the proxy keep our Cache-Control',
    )
  if (maxAge > LONGEST_CACHE)
    return warning(about, `${url} may be cached for ${maxAge} seconds`, 'let the proxy keep our Cache-Control')
  return good(about, `${url} publishes the key that signs`)
}

/** As a page of ours asks, without a cookie: what a proxy does to headers shows. */
const fromPage = (issuer: string): RequestInit => ({
  method: 'POST',
  headers: { origin: issuer, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
})

/** A sign-out of nobody: it takes away the cookie that nobody has. */
async function cookie(issuer: string): Promise<Finding> {
  const response = await ask(`${issuer}/api/auth/logout`, fromPage(issuer))
  return cookieFinding(issuer, typeof response === 'string' ? [] : response.headers.getSetCookie())
}

async function endpoints(issuer: string): Promise<Finding> {
  const about = 'endpoints'
  const response = await ask(`${issuer}/api/auth/refresh`, fromPage(issuer))
  if (typeof response === 'string')
    return bad(about, `refresh does not answer: ${response}`, 'check what stands in front')
  const body: unknown = await response.json().catch(() => undefined)
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
  if (code === 'no_session') return good(about, 'a page of ours is answered as it should be')
  if (code === 'forbidden_origin')
    return bad(
      about,
      'a page of ours is taken for a stranger',
      'let the proxy pass Origin and Sec-Fetch-* as they come',
    )
  return bad(
    about,
    `refresh answers ${response.status}, and it is not our answer`,
    'let the proxy pass answers as they come',
  )
}

/** A proxy that gathers answers before it sends them makes sign-outs late. */
async function stream(issuer: string, patience: number): Promise<Finding> {
  const about = 'sign-out stream'
  const ending = new AbortController()
  const response = await ask(`${issuer}/api/auth/revocations`, {
    headers: { accept: 'text/event-stream' },
    signal: AbortSignal.any([ending.signal, AbortSignal.timeout(TIMEOUT)]),
  })
  const late = warning(
    about,
    'does not come through, so services ask every second instead',
    'switch off response buffering for it',
  )
  if (typeof response === 'string' || !response.headers.get('content-type')?.startsWith('text/event-stream'))
    return late
  try {
    const reader = response.body?.getReader()
    const chunk = await Promise.race([
      reader?.read(),
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patience).unref()),
    ])
    return chunk?.done === false ? good(about, 'comes through as it is sent') : late
  } catch {
    return late
  } finally {
    ending.abort()
  }
}
