// An OpenID provider in front of the real server, for clients that speak nothing else (OpenID Connect Core 1.0, RFC 6749, RFC 7636).
// Each session it issues is one of the real server's; its sign-in page is `login_hint`, taken as somebody who types the right password;
// its own session is a cookie, by which `prompt=none` answers. ID tokens are signed by a key nobody publishes: these clients do not verify
// the signature, the connection vouches for it. As providers do, it gives a refresh token for `offline_access`, and Keycloak's client
// gets one always.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { listener, type Asked } from './exchange.ts'
import { claimsOf, isRefusal, type Refusal, type Sessions, type Tokens } from './sessions.ts'

interface Code {
  readonly email: string
  readonly nonce: string | null
  readonly challenge: string | null
  readonly client: string
  readonly scope: string
  readonly here: string
}

/** A provider's own session: whose browser it is, and what was issued to it. */
interface Here {
  readonly email: string
  readonly issued: Set<string>
}

const COOKIE = 'provider'
/** Ten hours, as Auth0 has it; its client refuses one whose time is over by the page's clock. */
const ID_TOKEN_SECONDS = 36_000

export function oidc(sessions: Sessions, origin: string): RequestListener {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, Code>()
  const browsers = new Map<string, Here>()
  /** What an ID token said in the first place, for the ones that come with a refresh. */
  const grants = new Map<string, Code>()

  const idToken = ({ nonce, client }: Code, { user, sid, accessToken }: Tokens): string => {
    const { iat } = claimsOf(accessToken)
    const claims = { iss: `${origin}/`, aud: client, sub: user.id, sid, iat, exp: iat + ID_TOKEN_SECONDS, nonce }
    const signed = [{ alg: 'RS256', typ: 'JWT' }, claims].map(base64url).join('.')
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  }

  const authorize = ({ url, cookies, page, redirect }: Asked): void => {
    const ask = url.searchParams
    const hint = ask.get('login_hint')
    const known = browsers.get(cookies[COOKIE] ?? '')
    const here = known && (hint === null || known.email === hint) ? (cookies[COOKIE] ?? '') : random()
    const email = hint ?? known?.email
    const answer = new URLSearchParams({ state: ask.get('state') ?? '' })
    if (email === undefined) answer.set('error', 'login_required')
    else {
      browsers.set(here, browsers.get(here) ?? { email, issued: new Set() })
      const code = random()
      answer.set('code', code)
      codes.set(code, {
        email,
        here,
        nonce: ask.get('nonce'),
        challenge: ask.get('code_challenge'),
        client: ask.get('client_id') ?? '',
        scope: ask.get('scope') ?? '',
      })
    }
    const headers = email === undefined ? {} : { 'set-cookie': `${COOKIE}=${here}; Path=/; HttpOnly; SameSite=Lax` }
    if (ask.get('response_mode') === 'web_message') {
      const message = JSON.stringify({ type: 'authorization_response', response: Object.fromEntries(answer) })
      return page(`<script>parent.postMessage(${message}, ${JSON.stringify(origin)})</script>`, headers)
    }
    const mark = ask.get('response_mode') === 'fragment' ? '#' : '?'
    redirect(`${ask.get('redirect_uri')}${mark}${answer}`, headers)
  }

  const token = async ({ body, send }: Asked): Promise<void> => {
    if (body['grant_type'] === 'refresh_token') {
      const renewed = await sessions.renew(body['refresh_token'] ?? '')
      if (isRefusal(renewed)) return refuse(send, renewed)
      return grant(send, renewed, grants.get(renewed.sid))
    }
    const code = codes.get(body['code'] ?? '')
    codes.delete(body['code'] ?? '')
    const proven =
      createHash('sha256')
        .update(body['code_verifier'] ?? '')
        .digest('base64url') === code?.challenge
    if (code === undefined || !proven) return send(400, { error: 'invalid_grant' })
    const started = await sessions.signIn(code.email)
    if (isRefusal(started)) return refuse(send, started)
    // A provider whose own session is over signs nobody in, whatever code was given out before.
    const browser = browsers.get(code.here)
    if (browser === undefined) {
      await sessions.end(started.sid)
      return send(400, { error: 'invalid_grant' })
    }
    browser.issued.add(started.sid)
    grants.set(started.sid, code)
    grant(send, started, code)
  }

  const grant = (send: Asked['send'], tokens: Tokens, code: Code | undefined): void => {
    if (code === undefined) return send(400, { error: 'invalid_grant' })
    const offline = code.scope.split(' ').includes('offline_access') || code.client === 'keycloak-js'
    send(200, {
      access_token: tokens.accessToken,
      token_type: 'Bearer',
      expires_in: tokens.expiresIn,
      scope: code.scope,
      id_token: idToken(code, tokens),
      ...(offline && { refresh_token: tokens.refreshToken }),
    })
  }

  const logout = async ({ url, cookies, redirect }: Asked): Promise<void> => {
    const here = cookies[COOKIE] ?? ''
    for (const sid of browsers.get(here)?.issued ?? []) await sessions.end(sid)
    browsers.delete(here)
    const back = url.searchParams.get('post_logout_redirect_uri') ?? url.searchParams.get('returnTo')
    redirect(back ?? '/', { 'set-cookie': `${COOKIE}=; Path=/; Max-Age=0` })
  }

  return listener((asked) => {
    switch (asked.url.pathname) {
      case '/authorize':
        return authorize(asked)
      case '/oauth/token':
        return token(asked)
      case '/v2/logout':
        return logout(asked)
      default:
        return asked.send(200, {
          issuer: `${origin}/`,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/oauth/token`,
          end_session_endpoint: `${origin}/v2/logout`,
        })
    }
  })
}

/** RFC 6749, 5.2: an ended session is `invalid_grant`; trouble of the server's stays what it is. */
function refuse(send: Asked['send'], { status, code, retryAfter }: Refusal): void {
  const over = code === 'no_session' || code === 'session_ended'
  send(
    over ? 400 : status,
    { error: over ? 'invalid_grant' : 'temporarily_unavailable' },
    {
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    },
  )
}

const random = (): string => randomBytes(16).toString('base64url')
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
