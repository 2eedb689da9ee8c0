// Sessions that are bound to a key of the browser (RFC 9449), behaviour 55 of docs/browsers.md: the real client in Chromium, the real
// server, a guard behind a door and another on another origin; a thief has what was copied, and Node.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBoundSite, type BoundSite } from '../support/bound-site.ts'
import { LOGOUT, MINUTE, PROFILE, REFRESH } from '../support/browser.ts'
import { exchange } from '../support/http-exchange.ts'
import { newEmail, PASSWORD } from '../support/people.ts'
import { createProofClient } from '../support/proof-client.ts'

let site: BoundSite
beforeAll(async () => {
  site = await openBoundSite()
})
afterEach(async () => {
  await site.tidy()
  site.service.mend()
  site.service.forget()
})
afterAll(() => site.close())

const profile = (tab: Page): Promise<string | number> => tab.evaluate(() => call('/api/profile'))
/** What the last request for a path carried. */
const carried = (path: string, of = site.proxy) => {
  const headers = of.arrivals.findLast((arrival) => arrival.path === path)?.headers ?? {}
  return { token: headers.authorization ?? '', proof: String(headers['dpop'] ?? '') }
}
/** What the client asked, and how it was answered; services ask the issuer for keys and sign-outs all the while. */
const asked = () =>
  site.proxy.arrivals
    .filter(({ path }) => path === PROFILE || path === REFRESH)
    .map(({ path, status }) => `${path} ${status}`)
const decode = (jwt: string, part: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[part] ?? '', 'base64url').toString()) as Record<string, unknown>
/** The key in the browser, as the page's own script can reach it. */
const keyInside = (tab: Page) =>
  tab.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(new Error('IndexedDB does not answer')))
      })
    const database = await asked(indexedDB.open('hallpass'))
    const pair = (await asked(database.transaction('keys').objectStore('keys').get('hallpass'))) as
      | CryptoKeyPair
      | undefined
    database.close()
    if (pair === undefined) return undefined
    const tries = (['jwk', 'pkcs8'] as const).map((format) =>
      crypto.subtle.exportKey(format, pair.privateKey).then(
        () => 'exported',
        (error: Error) => error.name,
      ),
    )
    const { x } = await crypto.subtle.exportKey('jwk', pair.publicKey)
    return { extractable: pair.privateKey.extractable, exported: await Promise.all(tries), x }
  })

test('55: the key was made before the credentials were sent, and cannot be taken out of the browser', async () => {
  const { tab } = await site.somebody()
  expect(await profile(tab)).toBe(200)
  const { token, proof } = carried(PROFILE)
  expect(token).toMatch(/^DPoP eyJ/)
  const inside = await keyInside(tab)
  expect(inside).toMatchObject({ extractable: false, exported: ['InvalidAccessError', 'InvalidAccessError'] })
  expect(decode(proof, 0)['jwk']).toMatchObject({ x: inside?.x })
  expect(decode(token.slice(5), 1)['cnf']).toMatchObject({ jkt: expect.stringMatching(/^[\w-]{43}$/) as string })
})

test('55: a cookie or a token that was copied is of no use elsewhere, and its owner goes on', async () => {
  const { browser, tab } = await site.somebody()
  expect(await profile(tab)).toBe(200)
  const { token } = carried(PROFILE)
  const cookies = await browser.cookies(`${site.proxy.origin}${REFRESH}`)
  const cookie = ['Cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; ')] as const
  const thief = await createProofClient(site.proxy.origin)
  const ask = (path: string, method: string, headers: readonly (readonly [string, string])[]) =>
    exchange(site.proxy.origin, method, path, { headers })

  expect(cookies).toHaveLength(1)
  expect((await ask(REFRESH, 'POST', [cookie])).code).toBe('proof_required')
  const stolen = await thief.ask(site.server, 'POST', 'refresh', { headers: [cookie] })
  expect([stolen.code, stolen.setCookies, stolen.json['accessToken']]).toEqual(['proof_required', [], undefined])
  const bare = token.slice(5)
  expect((await ask(PROFILE, 'GET', [['Authorization', `Bearer ${bare}`]])).code).toBe('invalid_token')
  expect((await ask(PROFILE, 'GET', [['Authorization', token]])).code).toBe('invalid_dpop_proof')
  const api = {
    ask: (...[method, path, question = {}]: Parameters<typeof site.server.ask>) =>
      exchange(site.proxy.origin, method, path, question),
  }
  expect((await thief.ask(api, 'GET', PROFILE, {}, bare)).code).toBe('invalid_dpop_proof')

  await tab.evaluate(() => auth.refresh())
  expect(await tab.evaluate(() => auth.state)).toMatchObject({ status: 'in', degraded: false })
  expect(await profile(tab)).toBe(200)
})

test('55: a proof is good once, for its own request', async () => {
  const { tab } = await site.somebody()
  expect(await profile(tab)).toBe(200)
  const { token, proof } = carried(PROFILE)
  const replay = (method: string, path: string) =>
    exchange(site.proxy.origin, method, path, {
      headers: [
        ['Authorization', token],
        ['DPoP', proof],
      ],
    })
  for (const [method, path] of [
    ['GET', PROFILE],
    ['POST', PROFILE],
    ['GET', '/api/other'],
    ['GET', '/api/auth/me'],
  ] as const)
    expect((await replay(method, path)).code, path).toBe('invalid_dpop_proof')
  expect(await profile(tab)).toBe(200)
})

// (Before the tests that put the server's clock forward: the Date of an answer is the machine's.)
test('55: each origin has its own nonce, or none', async () => {
  const browser = await site.browser()
  const origins = [site.proxy.origin, site.service.origin]
  const tab = await site.tab(browser, { origins })
  await site.signUp(tab)
  const at = (path: string) => tab.evaluate((address) => call(address), `${site.service.origin}${path}`)
  expect([await at('/orders?page=2'), await at('/orders?page=2'), await at('/timed'), await profile(tab)]).toEqual([
    200, 200, 200, 200,
  ])
  // One proof of the four was refused: the first, which could not know the nonce.
  expect(site.service.arrivals.map(({ status }) => status)).toEqual([401, 200, 200, 200])
  const claims = decode(carried('/orders', site.service).proof, 1)
  expect(claims['htu']).toBe(`${site.service.origin}/orders`)
  expect(claims['nonce']).not.toBe(decode(carried(PROFILE).proof, 1)['nonce'])
})

test('55: a clock that is a day off neither keeps anybody out nor costs a refresh', async () => {
  const browser = await site.browser()
  await browser.addInitScript(() => {
    const now = Date.now
    Date.now = () => now() - 86_400_000
  })
  const tab = await site.tab(browser, { origins: [site.proxy.origin, site.service.origin] })
  await site.signUp(tab)
  site.proxy.forget()
  expect(await profile(tab)).toBe(200)
  const timed = () => tab.evaluate((address) => call(address), `${site.service.origin}/timed`)
  expect([await timed(), await timed()]).toEqual([200, 200])
  expect(site.service.arrivals.map(({ status }) => status)).toEqual([401, 200, 200])
  expect(site.proxy.count(REFRESH)).toBe(0)
})

test('55: a nonce is asked for and kept, another one is followed once, also after a refresh', async () => {
  const { tab } = await site.somebody()
  site.proxy.forget()
  // The answer to the sign-up has told it.
  expect(await profile(tab)).toBe(200)
  expect(site.proxy.count(PROFILE)).toBe(1)
  const first = decode(carried(PROFILE).proof, 1)['nonce']
  expect(first).toMatch(/^[\w-]{22}$/)

  site.server.advance(3 * MINUTE)
  expect(await profile(tab)).toBe(200)
  expect(asked()).toEqual([`${PROFILE} 200`, `${PROFILE} 401`, `${PROFILE} 200`])
  expect(decode(carried(PROFILE).proof, 1)['nonce']).not.toBe(first)

  // The token has died by the server's clock alone: refused, with the nonce to renew it with, and sent again.
  site.proxy.forget()
  site.server.advance(20 * MINUTE)
  expect(await profile(tab)).toBe(200)
  expect(asked()).toEqual([`${PROFILE} 401`, `${REFRESH} 200`, `${PROFILE} 200`])

  site.proxy.forget()
  const headers = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'never-good' }
  site.proxy.break(PROFILE, { status: 401, headers }, 5)
  expect(await profile(tab)).toBe(401)
  expect(site.proxy.count(PROFILE)).toBe(2)
  expect(site.proxy.count(REFRESH)).toBe(0)
})

test('55: a reload keeps the key, and every tab has the same', async () => {
  const { browser, tab } = await site.somebody()
  const key = await keyInside(tab)
  await tab.reload()
  await tab.evaluate(() => auth.ready)
  expect(await profile(tab)).toBe(200)
  expect(await keyInside(tab)).toEqual(key)

  const tabs = await Promise.all(Array.from({ length: 4 }, () => site.tab(browser)))
  expect(await Promise.all(tabs.map(profile))).toEqual([200, 200, 200, 200])
  expect(await Promise.all(tabs.map(keyInside))).toEqual(tabs.map(() => key))
})

test('55: tabs that make the key at once end with one', async () => {
  const browser = await site.browser()
  // Each tab has looked, and found no key, before the first one keeps what it made.
  await browser.addInitScript(() => {
    const { subtle } = crypto
    const make = subtle.generateKey.bind(subtle) as (...all: unknown[]) => Promise<unknown>
    const { promise, resolve } = Promise.withResolvers<void>()
    Object.assign(globalThis, { keep: resolve, makes: false })
    Object.assign(subtle, {
      async generateKey(...all: unknown[]) {
        const pair = await make(...all)
        Object.assign(globalThis, { makes: true })
        await promise
        return pair
      },
    })
  })
  const tabs = await Promise.all(Array.from({ length: 5 }, () => browser.newPage()))
  await Promise.all(tabs.map((tab) => tab.goto(site.proxy.origin)))
  for (const tab of tabs) {
    await tab.evaluate(() => {
      const sent = binding(new Request('/api/auth/login', { method: 'POST' }))
      Object.assign(globalThis, { sent })
    })
    await tab.waitForFunction(() => (globalThis as unknown as { makes: boolean }).makes)
  }
  for (const tab of tabs)
    await tab.evaluate(async () => {
      const { keep, sent } = globalThis as unknown as { keep: () => void; sent: Promise<unknown> }
      keep()
      await sent
    })
  const sent = site.proxy.arrivals.filter(({ path }) => path === '/api/auth/login')
  const keys = new Set(sent.map(({ headers }) => JSON.stringify(decode(String(headers['dpop']), 0)['jwk'])))
  expect(sent.length).toBeGreaterThanOrEqual(5)
  expect(keys.size).toBe(1)
})

test('55: a sign-out takes the key away; whoever signs in next has another, in whatever tab', async () => {
  const { browser, tab } = await site.somebody()
  const other = await site.tab(browser)
  const first = await keyInside(tab)
  await tab.evaluate(() => auth.logout())
  expect(await keyInside(tab)).toBeUndefined()
  expect(site.proxy.count(LOGOUT)).toBe(1)

  await site.signUp(other)
  const second = await keyInside(other)
  expect(second?.x).not.toBe(first?.x)
  // The tab that signed out has been handed the token, and goes by the new key.
  await expect.poll(() => tab.evaluate(() => auth.state.status), { timeout: 30_000 }).toBe('in')
  expect([await profile(tab), await profile(other)]).toEqual([200, 200])
  await other.reload()
  await other.evaluate(() => auth.ready)
  expect(await profile(other)).toBe(200)
})

test('55: where IndexedDB is forbidden the key lives as long as the page, and losing it is a sign-out with a reason', async () => {
  const browser = await site.browser()
  await browser.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('forbidden', 'SecurityError')
    }
  })
  const tab = await site.tab(browser)
  const email = await site.signUp(tab)
  expect(await profile(tab)).toBe(200)
  await tab.evaluate(() => auth.refresh())
  expect(await profile(tab)).toBe(200)

  await tab.reload()
  await tab.evaluate(() => auth.ready)
  expect(await tab.evaluate(() => auth.state.status)).toBe('out')
  expect(await profile(tab)).toBe('AuthError signed_out')
  await tab.evaluate((body) => auth.login(body), { email, password: PASSWORD })
  expect(await profile(tab)).toBe(200)
})

test('42, 55: a redirect takes neither token nor proof to another origin', async () => {
  const { tab } = await site.somebody()
  expect(await tab.evaluate(() => call('/api/away'))).toContain('TypeError')
  expect(carried('/api/away').proof).not.toBe('')
  expect(site.service.arrivals).toEqual([])
})

test('52, 55: requests of axios carry a proof each, and fifty at once cost one refresh', async () => {
  const { tab } = await site.somebody()
  site.server.advance(20 * MINUTE)
  const statuses = await tab.evaluate(async () => {
    const instance = http.create()
    hallpass.attach(instance, auth)
    const answers = await Promise.all(Array.from({ length: 50 }, () => instance.get('/api/profile')))
    return answers.map(({ status }) => status)
  })
  expect(statuses).toEqual(Array(50).fill(200))
  expect(site.proxy.arrivals.filter(({ path, status }) => path === REFRESH && status === 200)).toHaveLength(1)
  const proofs = site.proxy.arrivals.filter(({ path }) => path === PROFILE).map(({ headers }) => headers['dpop'])
  expect(new Set(proofs).size).toBe(proofs.length)
})

test('55: a sign-in page of somebody else, adopted, is bound as well', async () => {
  const tab = await site.tab(await site.browser())
  const person = { email: newEmail(), password: PASSWORD }
  await tab.evaluate(async (body) => {
    const headers = { 'content-type': 'application/json' }
    const request = new Request('/api/auth/register', { method: 'POST', headers, body: JSON.stringify(body) })
    await auth.adopt(await binding(request))
  }, person)
  expect(await profile(tab)).toBe(200)
  expect(carried(PROFILE).token).toMatch(/^DPoP /)
})
