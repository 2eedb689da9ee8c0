// Ways to sign in that an application has of its own: a passkey (Web Authentication, checked as section 7.2 says as far as this needs) and an
// OAuth callback. Each ends in `sessions.start`, whose answer the page takes up, or which sets the cookie on the way.
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Hallpass } from '@hallpass/server'

/** What a browser's authenticator says, in base64url. */
interface Assertion {
  readonly id: string
  readonly clientData: string
  readonly authenticatorData: string
  readonly signature: string
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')

export function ownSignIn(auth: Pick<Hallpass, 'sessions'>, origin: string): RequestListener {
  const challenges = new Set<string>()
  const passkeys = new Map<string, { readonly subject: string; readonly publicKey: string }>()
  const codes = new Map<string, string>()

  const isGood = ({ id, clientData, authenticatorData, signature }: Assertion): boolean => {
    const passkey = passkeys.get(id)
    const said = JSON.parse(bytes(clientData).toString()) as { type: string; challenge: string; origin: string }
    if (passkey === undefined || said.type !== 'webauthn.get' || said.origin !== origin) return false
    if (!challenges.delete(said.challenge)) return false
    const data = bytes(authenticatorData)
    const host = createHash('sha256').update(new URL(origin).hostname).digest()
    // The right site, and somebody who was there.
    if (!data.subarray(0, 32).equals(host) || ((data[32] ?? 0) & 1) === 0) return false
    const signed = Buffer.concat([data, createHash('sha256').update(bytes(clientData)).digest()])
    const key = createPublicKey({ key: bytes(passkey.publicKey), format: 'der', type: 'spki' })
    return verify('sha256', signed, key, bytes(signature))
  }

  const app = new Hono()
    .get('/own/challenge', (c) => {
      const challenge = randomBytes(32).toString('base64url')
      challenges.add(challenge)
      return c.json({ challenge })
    })
    .post('/own/passkey/new', async (c) => {
      const { id, publicKey, subject } = await c.req.json<{ id: string; publicKey: string; subject: string }>()
      passkeys.set(id, { subject, publicKey })
      return c.body(null, 204)
    })
    .post('/own/passkey', async (c) => {
      const assertion = await c.req.json<Assertion>()
      const { subject = '' } = passkeys.get(assertion.id) ?? {}
      if (!isGood(assertion)) return c.json({ error: 'no such passkey' }, 403)
      return auth.sessions.start(subject, { request: c.req.raw, amr: ['hwk'], user: { name: 'Grace' } })
    })
    // The other side of OAuth: says yes to everybody, with a code that is good once.
    .get('/provider', (c) => {
      const code = randomBytes(16).toString('base64url')
      codes.set(code, 'from-elsewhere')
      return c.redirect(`${c.req.query('back')}?code=${code}&state=${c.req.query('state')}`)
    })
    // By a page that has the code in its address.
    .post('/own/code', async (c) => {
      const { code } = await c.req.json<{ code: string }>()
      const subject = codes.get(code)
      codes.delete(code)
      if (subject === undefined) return c.json({ error: 'no such code' }, 403)
      return auth.sessions.start(subject, { request: c.req.raw, amr: ['fed'] })
    })
    // By a navigation, which sets the cookie and leads to the page.
    .get('/own/callback', async (c) => {
      const { code = '', state } = c.req.query()
      const subject = codes.get(code)
      codes.delete(code)
      if (subject === undefined || state !== 'xyz') return c.text('no such code', 403)
      // It comes from the provider's site, and `state` has been looked at.
      const answer = await auth.sessions.start(subject, { request: c.req.raw, amr: ['fed'], insecureAnyOrigin: true })
      const headers = new Headers({ location: '/' })
      for (const cookie of answer.headers.getSetCookie()) headers.append('set-cookie', cookie)
      return new Response(null, { status: 303, headers })
    })
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return (request, response) => void listener(request, response)
}
