// One cell's stage: a fresh server of the target, a fresh browser with a victim, and the attacker's process with empty hands.
import { randomBytes } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import type { Ledger } from './app/ledger.ts'
import { createOutside, type Outside } from './outside.ts'
import type { Running, Target } from './targets/target.ts'
import { APP } from './world/hosts.ts'
import type { LogLine } from './world/front.ts'
import { asNote, compile, type Payload } from './world/payload.ts'
import type { Thief } from './world/thief.ts'

export interface Somebody {
  readonly email: string
  readonly password: string
}

export interface Scene extends Outside {
  readonly target: Target
  readonly running: Running
  readonly ledger: Ledger
  readonly thief: Thief
  /** The victim's browser, cookie jar empty at first. */
  readonly browser: BrowserContext
  /** Where the browser's profile lives, when the attack asked for one. */
  readonly profile: string
  /** Closes that browser as a person does, or kills it, and opens the same profile again. */
  reopen(how: 'closed' | 'killed'): Promise<BrowserContext>
  readonly victim: Somebody
  readonly attacker: Somebody
  /** Moves the server's clock: it stands so many seconds ahead of the world's from now on. */
  moveTo(seconds: number): void
  /** A tab with the application open. */
  open(path?: string): Promise<Page>
  /** A tab in which somebody, the victim unless said otherwise, has signed in. */
  signIn(page?: Page, who?: Somebody): Promise<Page>
  /** The access log of the application's host, headers included. */
  readonly log: readonly LogLine[]
  /** The status of the application's next answer to that method and path. */
  arrival(method: string, path: string): Promise<number>
  /** The victim opens the attacker's page, which makes the browser ask the application for something; answers with what status. */
  lure(address: string, method: string, path: string): Promise<number>
  /** Puts the script into the guest book; it runs in a page that shows the book. */
  injectLate(payload: Payload, params?: Readonly<Record<string, string>>): Promise<void>
  /** Puts the script into the dependency that pages load first. */
  injectEarly(payload: Payload, params?: Readonly<Record<string, string>>): void
  /** Copies the victim's access credential, and the refresh cookie where there is one, into the attacker's hands. */
  copySecrets(page: Page): Promise<void>
}

/** What a person sees when something they did has come to its end. */
export async function told(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('#told').filter({ hasText: text }).waitFor({ state: 'attached', timeout: 15_000 })
}

/** Presses a button and waits for the page's word. */
export async function press(page: Page, button: string, word: string | RegExp): Promise<void> {
  await page.locator(button).click()
  await told(page, word)
}

export interface SceneOptions {
  readonly target: Target
  readonly running: Running
  readonly thief: Thief
  readonly browser: BrowserContext
  readonly profile: string
  readonly reopen: Scene['reopen']
  readonly arrival: (method: string, path: string) => Promise<number>
  readonly log: readonly LogLine[]
  readonly moveTo: (seconds: number) => void
}

export async function setScene(options: SceneOptions): Promise<Scene> {
  const { target, running, thief } = options
  let { browser } = options
  const somebody = (who: string): Somebody => ({
    email: `${who}-${randomBytes(4).toString('hex')}@example.test`,
    password: randomBytes(12).toString('hex'),
  })
  const victim = somebody('victim')
  const attacker = somebody('attacker')
  await Promise.all([victim, attacker].map(({ email, password }) => running.addPerson(email, password)))

  const open = async (path = '/'): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(APP + path)
    return page
  }

  return {
    ...options,
    ...createOutside(target, thief, victim.email),
    ledger: running.ledger,
    get browser() {
      return browser
    },
    async reopen(how) {
      browser = await options.reopen(how)
      return browser
    },
    victim,
    attacker,
    open,

    async signIn(page, who = victim) {
      const tab = page ?? (await open())
      if (page === undefined) await told(tab, 'ready')
      await tab.locator('#sign-in [name=email]').fill(who.email)
      await tab.locator('#sign-in [name=password]').fill(who.password)
      // A script that was there before acts at once: its word may have taken the place of ours.
      await press(tab, '#sign-in button', /done|sent/)
      return tab
    },

    async lure(address, method, path) {
      const page = await browser.newPage()
      const [status] = await Promise.all([options.arrival(method, path), page.goto(address, { waitUntil: 'commit' })])
      return status
    },

    async injectLate(payload, params) {
      const { status } = await thief.ask({
        method: 'POST',
        path: '/api/notes',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: asNote(compile(payload, params)) }),
      })
      if (status !== 201) throw new Error(`the guest book refused a note: ${status}`)
    },
    injectEarly: (payload, params) => running.setVendor(compile(payload, params)),

    async copySecrets(page) {
      const cookies = await browser.cookies(`${APP}/api/auth/refresh`)
      for (const { name, value } of cookies) {
        if (name === target.refreshCookie) await thief.copy('refresh', value)
        if (target.access !== 'bearer' && name === target.access.cookie) await thief.copy('token', value)
      }
      if (target.access === 'bearer') {
        await press(page, '#show', 'profile: 200')
        const line = options.log.findLast(({ path }) => path === '/api/profile')
        await thief.copy('token', (line?.authorization ?? '').replace(/^(Bearer|DPoP) /, ''))
      }
      if (target.refreshCookie !== undefined) await thief.useCookie(target.refreshCookie, 'refresh')
    },
  }
}
