// The pages of the program in a real Chromium: people who use them as they are, and an ear for whatever the browser complains of.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from './browser.ts'
import { newEmail } from './people.ts'
import { buildPages, startProgram, type Program, type ProgramOptions } from './program.ts'

export const PAGE_PASSWORD = 'a difference engine of words'

export interface Visitors {
  readonly program: Program
  /** A browser with an empty cookie jar. */
  browser(options?: BrowserContextOptions): Promise<BrowserContext>
  /** A tab of it at a path. */
  open(browser: BrowserContext, path: string): Promise<Page>
  /** Somebody new, signed up through the page and looking at it. */
  signUp(page: Page, person?: Partial<Person>): Promise<Person>
  signIn(page: Page, person: Person): Promise<void>
  /** What browsers complained of: policy violations, exceptions, console errors. An expected 401 is not among them. */
  complaints(): readonly string[]
  close(): Promise<void>
}

export interface Person {
  readonly email: string
  readonly name: string
  readonly password: string
}

/** Starts the program with its pages; one for each test file. */
export async function openPages(options: ProgramOptions = {}): Promise<Visitors> {
  buildPages()
  const program = await startProgram(options)
  const chromium: Browser = await launchChromium()
  const complaints: string[] = []

  const listen = (page: Page) => {
    page.on('pageerror', ({ message }) => complaints.push(`exception: ${message}`))
    page.on('console', (message) => {
      // Chromium prints every answer that is no success: that nobody is signed in, that a wrong address leads nowhere.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
    })
  }

  const fill = async (page: Page, { email, password }: Person) => {
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
  }

  return {
    program,
    async browser(given = {}) {
      const context = await chromium.newContext({ baseURL: program.origin, ...given })
      context.on('page', listen)
      return context
    },
    async open(browser, path) {
      const page = await browser.newPage()
      await page.goto(path)
      await page.locator('main h1').waitFor()
      return page
    },
    async signUp(page, given = {}) {
      const person = { email: newEmail('page'), name: 'Ada Lovelace', password: PAGE_PASSWORD, ...given }
      await page.goto('/sign-up')
      await fill(page, person)
      await page.getByLabel('Name').fill(person.name)
      await page.getByRole('button', { name: 'Make an account' }).click()
      await page.waitForURL('**/inside')
      return person
    },
    async signIn(page, person) {
      await page.goto('/sign-in')
      await fill(page, person)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL('**/inside')
    },
    complaints: () => complaints,
    async close() {
      await chromium.close()
      await program.close()
    },
  }
}
