// Where a token can be found, and where it is sent: nowhere, and to exact origins. Numbers are those of docs/browsers.md.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { MINUTE, openStage, PROFILE, REFRESH, type Stage } from '../support/browser.ts'
import { newEmail, PASSWORD } from '../support/people.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

test('41: no address of another origin gets the token, however it is written', async () => {
  const { browser, tab } = await stage.somebody()
  const { port, host } = new URL(stage.origin)
  const seen: { url: string; authorization: string | undefined }[] = []
  await browser.route(
    (url) => url.origin !== stage.origin,
    async (route) => {
      const { authorization } = await route.request().allHeaders()
      seen.push({ url: route.request().url(), authorization })
      await route.fulfill({ status: 200, headers: { 'access-control-allow-origin': '*' }, body: '{}' })
    },
  )
  const elsewhere = [
    `http://localhost:${Number(port) + 1}/`,
    `http://127.0.0.1:${port}/`,
    `http://api.localhost:${port}/`,
    `https://${host}/`,
    'http://localhost/',
    `http://localhost.evil.test:${port}/`,
    `http://evil.test:${port}/#${stage.origin}/`,
    `http://evil.test/?${stage.origin}/`,
    `http://evil.test/${stage.origin}/api/profile`,
    `//evil.test/${host}`,
    `\\\\evil.test\\`,
    `http:\\\\evil.test`,
  ]
  for (const address of elsewhere) expect(await tab.evaluate((to) => call(to), address), address).toBe(200)
  expect(seen).toHaveLength(elsewhere.length)
  expect(seen.filter(({ authorization }) => authorization !== undefined)).toEqual([])
  expect(seen.filter(({ url }) => new URL(url).origin === stage.origin)).toEqual([])

  // Addresses that fetch itself refuses or answers.
  expect(await tab.evaluate((to) => call(to), `http://${host}@evil.test/`)).toContain('TypeError')
  expect(await tab.evaluate(() => call('data:text/plain,hello'))).toBe(200)
  expect(await tab.evaluate(() => call(URL.createObjectURL(new Blob(['hello']))))).toBe(200)

  // The same addresses still work when nobody is signed in: they never had to do with it.
  await tab.evaluate(() => auth.logout())
  expect(await tab.evaluate(() => call('http://evil.test/'))).toBe(200)
})

test('41: an origin that is listed gets the token, and then our own does not', async () => {
  const browser = await stage.browser()
  const tab = await stage.tab(browser, { origins: [stage.foreign.origin] })
  await stage.signUp(tab)
  expect(await tab.evaluate((to) => call(to), `${stage.foreign.origin}/x`)).toBe(200)
  expect(stage.foreign.arrivals.at(-1)?.headers.authorization).toMatch(/^Bearer eyJ/)
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(401)
  expect(stage.proxy.arrivals.at(-1)?.headers.authorization).toBeUndefined()
})

test('41: an origin that is listed is that origin, and no longer one that begins with it', async () => {
  const browser = await stage.browser()
  const seen: (string | undefined)[] = []
  await browser.route(
    (url) => url.origin !== stage.origin,
    async (route) => {
      const { authorization } = await route.request().allHeaders()
      seen.push(authorization?.slice(0, 10))
      const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' }
      await route.fulfill({ status: 200, headers, body: '{}' })
    },
  )
  const tab = await stage.tab(browser, { origins: ['http://api.test'] })
  await stage.signUp(tab)
  for (const address of ['http://api.test.evil.test/', 'http://api.test:81/', 'https://api.test/', 'http://xapi.test/'])
    expect(await tab.evaluate((to) => call(to), address)).toBe(200)
  expect(seen).toEqual([undefined, undefined, undefined, undefined])
  expect(await tab.evaluate(() => call('http://api.test/'))).toBe(200)
  expect(seen.at(-1)).toBe('Bearer eyJ')
})

test('42: a redirect of our API to another origin does not take the token along', async () => {
  const { tab } = await stage.somebody()
  stage.proxy.break('/api/away', { status: 307, headers: { location: `${stage.foreign.origin}/caught` } })
  stage.foreign.forget()
  expect(await tab.evaluate(() => call('/api/away'))).toBe(200)
  expect(stage.proxy.arrivals.find(({ path }) => path === '/api/away')?.headers.authorization).toMatch(/^Bearer eyJ/)
  expect(stage.foreign.arrivals.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/caught', undefined],
  ])
})

test('43: the access token is in no storage, cookie, document, address, global, console line, error or name', async () => {
  const browser = await stage.browser()
  const tab = await browser.newPage()
  const said: string[] = []
  tab.on('console', (message) => said.push(message.text()))
  tab.on('pageerror', (error) => said.push(String(error.stack)))
  const bodies: string[] = []
  tab.on('response', (response) => {
    response.text().then(
      (text) => bodies.push(text),
      () => undefined,
    )
  })
  await tab.goto(stage.origin)
  await tab.evaluate(() => auth.ready)
  await tab.evaluate((person) => auth.login(person, { path: 'register' }), { email: newEmail(), password: PASSWORD })

  // A life with everything in it: requests, a renewal, errors of both kinds.
  await tab.evaluate(() => call('/api/profile'))
  await stage.server.advance(16 * MINUTE)
  await tab.evaluate(() => call('/api/profile'))
  await tab.evaluate(() => call('/api/never'))
  const errors = await tab.evaluate(async () => {
    const tell = (error: unknown): string => `${String(error)} ${(error as Error).stack} ${JSON.stringify(error)}`
    const client = http.create()
    hallpass.attach(client, auth)
    return [
      await auth.login({ email: 'nobody@example.com', password: 'x' }).catch(tell),
      await auth.fetch('http://[').catch(tell),
      await client.get('/api/never').catch(tell),
    ].map(String)
  })

  const tokens = new Set(stage.proxy.arrivals.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? []))
  expect(tokens.size).toBeGreaterThanOrEqual(2)
  for (const token of tokens) {
    const signature = token.split('.')[2] ?? ''
    expect(signature.length).toBeGreaterThan(80)
    expect(await tab.evaluate((secret) => findSecret(secret), signature)).toEqual([])
    expect([...said, ...errors].filter((line) => line.includes(signature))).toEqual([])
    expect(JSON.stringify(await browser.storageState({ indexedDB: true }))).not.toContain(signature)
  }

  // The refresh token: in its cookie, and in no body, log or error.
  const [cookie] = await browser.cookies()
  const refreshToken = cookie?.value.split('.')[2] ?? ''
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/api/auth' })
  expect(refreshToken.length).toBeGreaterThan(20)
  expect(await tab.evaluate((secret) => findSecret(secret), refreshToken)).toEqual([])
  const everything = [...bodies, ...said, ...errors, stage.server.output()]
  expect(everything.filter((text) => text.includes(refreshToken))).toEqual([])
})

test('43: the search finds a token wherever a page might have put it', async () => {
  const { tab } = await stage.somebody()
  const found = await tab.evaluate(() => {
    const secret = 'Needle-in-a-haystack'
    localStorage.setItem('a', secret)
    document.body.dataset['token'] = secret
    history.replaceState({ token: secret }, '')
    Object.assign(globalThis, { deep: { in: new Map([['x', { list: [new Set([secret])] }]]) } })
    Object.assign(auth, { [Symbol('hidden')]: secret })
    return findSecret(secret)
  })
  const places = ['localStorage', 'document', 'history', 'window.deep.in', 'window.auth.Symbol(hidden)']
  for (const place of places)
    expect(
      found.some((where) => where.startsWith(place)),
      place,
    ).toBe(true)
})

test('46: the client works under the strictest policy, and breaks no rule of it', async () => {
  const browser = await stage.browser()
  const tab = await browser.newPage()
  const said: string[] = []
  tab.on('console', (message) => said.push(message.text()))
  await tab.goto(`${stage.origin}/strict`)
  await tab.waitForFunction(() => 'auth' in globalThis)
  await tab.evaluate(() => auth.ready)
  await stage.signUp(tab)
  await stage.server.advance(16 * MINUTE)
  stage.proxy.forget()
  expect(await tab.evaluate(() => call('/api/profile'))).toBe(200)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(stage.proxy.count(PROFILE)).toBe(2)
  expect(said.filter((line) => /policy/i.test(line))).toEqual([])
})
