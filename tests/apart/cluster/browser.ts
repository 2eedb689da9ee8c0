// The real browser among the clients: two tabs of Chromium with our client, which call the program and are loaded again now and then. The page is
// a file of the proxy in front; Chromium is told where the issuer's name leads, so that cutting the services' line does not cut its.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { bundle, launchChromium } from '../../support/browser.ts'
import { PASSWORD } from '../../support/people.ts'

export interface Seen {
  readonly calls: number
  readonly loads: number
  /** Calls that came to nothing because the program was away, which is no violation. */
  readonly away: number
  readonly violations: readonly string[]
}

/** What the proxy has to serve. */
export async function pageFiles(): Promise<Readonly<Record<string, string>>> {
  return {
    'page.html': '<!doctype html><title>Test</title><script type="module" src="/app.js"></script><main>Hello</main>',
    'app.js': await bundle(),
  }
}

/** Signs somebody up at the issuer, whose name leads to `port` for this browser; lives until it is closed. */
export async function openPerson(issuer: string, port: number): Promise<{ close(): Promise<Seen> }> {
  const chromium = await launchChromium({
    args: [`--host-resolver-rules=MAP ${new URL(issuer).host} 127.0.0.1:${port}`],
  })
  const context = await chromium.newContext()
  const violations: string[] = []
  const state = { over: false }
  let [calls, loads, away] = [0, 0, 0]

  const open = async (): Promise<Page> => {
    const page = await context.newPage()
    await load(page, () => page.goto(`${issuer}/page.html`))
    return page
  }
  const load = async (page: Page, go: () => Promise<unknown>) => {
    await go()
    await page.waitForFunction(() => 'auth' in globalThis)
    loads++
  }
  /** Lives in one tab: calls every second or so, loads the page again every 20 or so. */
  const live = async (page: Page, index: number) => {
    for (let turn = 1; !state.over; turn++) {
      await sleep(1_000)
      if (turn % (20 + 7 * index) === 0) await load(page, () => page.reload())
      const [came, signedOut] = await page.evaluate(async () => [await call('/api/profile'), told.signedOut] as const)
      calls++
      if (signedOut.length > 0 || came === 'AuthError signed_out' || came === 401 || came === 403)
        violations.push(`tab ${index}: ${came}, ${signedOut.join(' ')}`)
      else if (came !== 200) away++
    }
  }

  const first = await open()
  const email = await first.evaluate(async (password) => {
    await auth.ready
    await auth.login({ email: 'browser@example.com', password }, { path: 'register' })
    return auth.user?.email
  }, PASSWORD)
  const tabs = [first, await open()]
  const living = tabs.map((page, index) =>
    live(page, index).catch((error: unknown) => void violations.push(`tab ${index}: ${String(error)}`)),
  )
  const end = async (): Promise<Seen> => {
    state.over = true
    await Promise.all(living)
    for (const page of tabs) {
      // Before anybody asks again: who is here?
      await load(page, () => page.reload())
      const here = await page.evaluate(() => auth.ready.then(({ user }) => user?.email))
      if (here !== email) violations.push(`at the end: ${here}`)
    }
    await chromium.close()
    return { calls, loads, away, violations }
  }
  let ending: Promise<Seen> | undefined
  return { close: () => (ending ??= end()) }
}
