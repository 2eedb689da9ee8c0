// Sign-in pages of others: what was signed up, proven by a passkey or brought back from an OAuth provider is taken up by `adopt`.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bundle, createVisitors, launchChromium, PROFILE, REFRESH, type Stage } from '../support/browser.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { ownSignIn } from '../support/own-sign-in.ts'
import { newEmail, PASSWORD } from '../support/people.ts'
import { startRealServer } from '../support/real-server.ts'

type Site = Pick<Stage, 'proxy' | 'origin' | 'close'> & ReturnType<typeof createVisitors>
let site: Site
beforeAll(async () => {
  const script = await bundle()
  const page = '<!doctype html><script type="module" src="/app.js"></script>'
  const proxy = await startFaultProxy((path) => {
    if (path.startsWith('/api/auth/')) return server.address
    if (path.startsWith('/own/') || path === '/provider') return own
    return (request, response): void => {
      if (path === PROFILE) {
        const answer = async () => {
          const checked = await server.auth.guard.check(request.headers.authorization)
          response.writeHead(checked.ok ? 200 : 401).end(checked.ok ? checked.auth.subject : '')
        }
        void answer()
        return
      }
      response.writeHead(200, { 'content-type': path === '/app.js' ? 'text/javascript' : 'text/html' })
      response.end(path === '/app.js' ? script : page)
    }
  })
  const server = await startRealServer({ issuer: proxy.origin, trustedProxies: 1 })
  const own = ownSignIn(server.auth, proxy.origin)
  const chromium = await launchChromium()
  site = {
    proxy,
    origin: proxy.origin,
    ...createVisitors(proxy, chromium),
    async close() {
      await chromium.close()
      await proxy.close()
      await server.close()
    },
  }
})
afterEach(() => site.tidy())
afterAll(() => site.close())

/** Who the API says this tab is, and what a reload restores. */
async function isSignedIn(tab: Page): Promise<{ subject: string; after: unknown }> {
  const subject = await tab.evaluate(async (path) => (await auth.fetch(path)).text(), PROFILE)
  site.proxy.forget()
  await tab.goto(site.origin)
  const after = await tab.evaluate(() => auth.ready.then(({ user }) => user?.id))
  expect(site.proxy.count(REFRESH)).toBe(1)
  return { subject, after }
}

test('adopt: a sign-up that the page sent itself', async () => {
  const browser = await site.browser()
  const [tab, other] = [await site.tab(browser), await site.tab(browser)]
  const user = await tab.evaluate(
    async (person) => {
      const response = await fetch('/api/auth/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(person),
      })
      return auth.adopt(response)
    },
    { email: newEmail(), password: PASSWORD },
  )
  // The other tabs hear of it as of any sign-in.
  await other.waitForFunction(() => auth.state.status === 'in')
  expect(await other.evaluate(() => auth.user?.id)).toBe(user.id)
  await other.close()
  expect(await isSignedIn(tab)).toEqual({ subject: user.id, after: user.id })
})

test('adopt: a passkey of the browser’s own authenticator', async () => {
  const tab = await site.tab(await site.browser())
  const debug = await tab.context().newCDPSession(tab)
  await debug.send('WebAuthn.enable')
  await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      isUserVerified: true,
      hasUserVerification: true,
    },
  })
  const came = await tab.evaluate(async () => {
    const text = (bytes: ArrayBuffer) =>
      btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replace(/\+/g, '-')
        .replace(/\//g, '_')
        .replace(/=/g, '')
    const bytes = (base64url: string) =>
      Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
    const post = (path: string, body: unknown) =>
      fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const challenge = async () =>
      bytes(((await (await fetch('/own/challenge')).json()) as { challenge: string }).challenge)

    const made = (await navigator.credentials.create({
      publicKey: {
        challenge: await challenge(),
        rp: { name: 'Test' },
        user: { id: bytes('AAAA'), name: 'grace', displayName: 'Grace' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      },
    })) as PublicKeyCredential
    const publicKey = (made.response as AuthenticatorAttestationResponse).getPublicKey() as ArrayBuffer
    await post('/own/passkey/new', { id: made.id, publicKey: text(publicKey), subject: 'grace' })

    const shown = (await navigator.credentials.get({
      publicKey: { challenge: await challenge(), allowCredentials: [{ type: 'public-key', id: made.rawId }] },
    })) as PublicKeyCredential
    const { clientDataJSON, authenticatorData, signature } = shown.response as AuthenticatorAssertionResponse
    const assertion = {
      id: shown.id,
      clientData: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
    }
    const user = await auth.adopt(await post('/own/passkey', assertion))
    // A challenge is good once: the second answer carries no session, and what is held stays.
    const again = await auth.adopt(await post('/own/passkey', assertion)).catch((error: { code: string }) => error.code)
    return { user, again, status: auth.state.status }
  })
  expect(came).toEqual({ user: { id: 'grace', name: 'Grace' }, again: 'unavailable', status: 'in' })
  expect(await isSignedIn(tab)).toEqual({ subject: 'grace', after: 'grace' })
})

test('adopt: a code that an OAuth provider sent the page back with', async () => {
  const tab = await site.tab(await site.browser())
  await tab.goto(`${site.origin}/provider?state=xyz&back=${encodeURIComponent(`${site.origin}/signed-in`)}`)
  const user = await tab.evaluate(async () => {
    await auth.ready
    const code = new URLSearchParams(location.search).get('code')
    const response = await fetch('/own/code', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    return auth.adopt(response)
  })
  expect(user.id).toBe('from-elsewhere')
  expect(await isSignedIn(tab)).toEqual({ subject: 'from-elsewhere', after: 'from-elsewhere' })
})

test('a callback that is a navigation sets the cookie, and the page finds the session by itself', async () => {
  const tab = await site.tab(await site.browser())
  // From another site: the cookie is Strict, and the page's own refresh carries it all the same.
  await tab.goto(site.origin.replace('localhost', '127.0.0.1'))
  await tab.evaluate(
    (to) => location.assign(to),
    `${site.origin}/provider?state=xyz&back=${encodeURIComponent(`${site.origin}/own/callback`)}`,
  )
  await tab.waitForURL(`${site.origin}/`)
  await tab.waitForFunction(() => 'auth' in globalThis)
  expect(await tab.evaluate(() => auth.ready.then(({ user }) => user?.id))).toBe('from-elsewhere')
})

test('adopt: an answer that a sign-out has overtaken is not taken up', async () => {
  const { tab } = await site.somebody()
  const code = await tab.evaluate(async () => {
    const { readable, writable } = new TransformStream<Uint8Array>()
    const adopting = auth.adopt(new Response(readable)).catch((error: { code: string }) => error.code)
    await auth.logout()
    const writer = writable.getWriter()
    const answer = { accessToken: 'x', expiresIn: 900, session: { id: 'x' }, user: { id: 'x' } }
    void writer.write(new TextEncoder().encode(JSON.stringify(answer)))
    void writer.close()
    return adopting
  })
  expect(code).toBe('signed_out')
  expect(await tab.evaluate(() => auth.state.status)).toBe('out')
})
