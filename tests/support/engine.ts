// Another engine behind the words in which the browser tests speak to Chromium (the part of playwright-core's interface that they use),
// so that the very same tests run in Firefox and WebKit. What an engine cannot be asked for without Chromium's debugging protocol skips
// the test, by name; a test is never passed because something was missing.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { TestRunner } from 'vitest'
import { fakeClock } from './page-clock.ts'

export interface EngineTab {
  /** Runs an expression in the page and waits for what it comes to, as JSON. */
  evaluate(expression: string): Promise<string>
  goto(address: string): Promise<void>
  reload(): Promise<void>
  back(): Promise<void>
  close(): Promise<void>
  /** Calls back with every uncaught error of the page, and with what is said on its console; undefined where the engine does not tell. */
  readonly onLog?: (listener: (kind: 'pageerror' | 'console', text: string) => void) => void
}

export interface EngineCookie {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly httpOnly: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None'
}

/** A browser with a cookie jar of its own. */
export interface EngineBrowser {
  tab(): Promise<EngineTab>
  /** Has every page of every later tab run this first; undefined where the engine cannot. */
  readonly beforeEachPage?: (script: string) => Promise<void>
  cookies(): Promise<readonly EngineCookie[]>
  close(): Promise<void>
}

export interface Engine {
  browser(): Promise<EngineBrowser>
  close(): Promise<void>
}

/** Ends the test that runs, as one that this engine cannot run. */
export function skip(what: string): never {
  const test = TestRunner.getCurrentTest<undefined>() as undefined | { readonly context: { skip(note: string): never } }
  if (test === undefined) throw new Error(`this engine has no ${what}`)
  return test.context.skip(`this engine has no ${what}`)
}

/** Whatever is not written here skips the test that asks for it. */
function orSkip(what: string, known: object): object {
  return new Proxy(known, {
    get(target, name, self) {
      if (name in target) return Reflect.get(target, name, self) as unknown
      // What awaits an object looks for these.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      return skip(`${what}.${name}`)
    },
  })
}

type PageFunction = ((argument: unknown) => unknown) | string

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** As playwright-core would have it. */
export function asBrowser(engine: Engine): Browser {
  return orSkip('browser', {
    newContext: async () => asContext(await engine.browser()),
    close: () => engine.close(),
  }) as Browser
}

function asContext(browser: EngineBrowser): BrowserContext {
  const pages: Page[] = []
  const context: BrowserContext = orSkip('context', {
    async newPage() {
      const page = asPage(await browser.tab(), context, browser)
      pages.push(page)
      return page
    },
    pages: () => pages,
    cookies: () => browser.cookies(),
    close: () => browser.close(),
    async addInitScript(script: PageFunction, argument?: unknown) {
      if (browser.beforeEachPage === undefined) skip('script before each page')
      await browser.beforeEachPage(`(${String(script)})(${JSON.stringify(argument)})`)
    },
  }) as BrowserContext
  return context
}

function asPage(tab: EngineTab, context: BrowserContext, browser: EngineBrowser): Page {
  const evaluate = async (script: PageFunction, argument?: unknown): Promise<unknown> => {
    const call = typeof script === 'string' ? `(${script})` : `(${String(script)})(${JSON.stringify(argument) ?? ''})`
    const { value } = JSON.parse(await tab.evaluate(`(async () => JSON.stringify({ value: await ${call} }))()`)) as {
      readonly value?: unknown
    }
    return value
  }
  return orSkip('page', {
    context: () => context,
    evaluate,
    goto: (address: string) => tab.goto(address),
    reload: () => tab.reload(),
    async goBack() {
      const left = await evaluate('location.href')
      await tab.back()
      const there = `location.href !== ${JSON.stringify(left)} && document.readyState === 'complete'`
      for (const end = Date.now() + 30_000; Date.now() < end; await wait(20))
        if (await evaluate(there).catch(() => false)) return
      throw new Error('nothing to go back to')
    },
    close: () => tab.close(),
    waitForTimeout: wait,
    async waitForFunction(script: PageFunction, argument?: unknown) {
      for (const end = Date.now() + 30_000; Date.now() < end; await wait(50))
        if (await evaluate(script, argument).catch(() => false)) return
      throw new Error('what was waited for in the page did not come')
    },
    on(event: string, listener: (said: object) => void) {
      if ((event !== 'pageerror' && event !== 'console') || tab.onLog === undefined) skip(`page.on(${event})`)
      tab.onLog((kind, text) => {
        if (kind !== event) return
        listener(kind === 'console' ? { text: () => text } : { message: text, stack: text })
      })
    },
    clock: orSkip('clock', {
      async install() {
        if (browser.beforeEachPage === undefined) skip('clock that outlives a page')
        await browser.beforeEachPage(fakeClock)
        await evaluate(fakeClock)
      },
      fastForward: (by: number) => evaluate(`pageClock.fastForward(${by})`),
      runFor: (by: number) => evaluate(`pageClock.runFor(${by})`),
    }),
  }) as Page
}
