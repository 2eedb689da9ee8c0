// A browser that speaks WebDriver BiDi, behind the words in which the attacks speak to Chromium: the part of playwright-core's interface that
// most of them use. Clicks here are the page's own (no user activation), and whatever is not written here cannot be asked for.
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import type { EngineBrowser, EngineTab } from '../../tests/support/engine.ts'

const PATIENCE = 15_000

export function asContext(browser: EngineBrowser): BrowserContext {
  const context: BrowserContext = or('context', {
    newPage: async () => asPage(await browser.tab()),
    cookies: () => browser.cookies(),
    close: () => browser.close(),
  }) as BrowserContext
  return context
}

function asPage(tab: EngineTab): Page {
  const evaluate = async (expression: string): Promise<unknown> =>
    (
      JSON.parse(await tab.evaluate(`(async () => JSON.stringify({ value: await (${expression}) }))()`)) as {
        value?: unknown
      }
    ).value
  const until = async (expression: string, what: string, milliseconds = PATIENCE): Promise<unknown> => {
    for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(50)) {
      const value = await evaluate(expression).catch(() => undefined)
      if (value !== undefined && value !== null && value !== false) return value
    }
    throw new Error(`what was waited for did not come: ${what}`)
  }
  const locator = (selector: string, text?: string | RegExp): object => {
    const found = `document.querySelector(${JSON.stringify(selector)})`
    const fits = text === undefined ? 'true' : test(text, `${found}.textContent`)
    const act = (work: string) =>
      until(
        `(() => { const it = ${found}; if (!it || it.closest('[hidden]')) return false; ${work}; return true })()`,
        selector,
      )
    return or('locator', {
      fill: (value: string) =>
        act(`it.value = ${JSON.stringify(value)}; it.dispatchEvent(new Event('input', { bubbles: true }))`),
      click: () => act('setTimeout(() => it.click())'),
      textContent: () => until(`${found} && ${found}.textContent`, selector),
      filter: ({ hasText }: { readonly hasText: string | RegExp }) => locator(selector, hasText),
      waitFor: ({ timeout }: { readonly timeout?: number }) =>
        until(`${found} && ${fits}`, `${selector} with ${String(text)}`, timeout),
    })
  }
  return or('page', {
    // What is left on the way is left on purpose: an attacker's page that goes on to the application.
    goto: (address: string, { waitUntil }: { readonly waitUntil?: string } = {}) =>
      waitUntil === 'commit' ? tab.goto(address).catch(() => undefined) : tab.goto(address),
    reload: () => tab.reload(),
    close: () => tab.close(),
    locator: (selector: string) => locator(selector),
    waitForURL: (address: string | RegExp, { timeout }: { readonly timeout?: number } = {}) =>
      until(test(address, 'location.href'), String(address), timeout),
    goBack: () => tab.back(),
  }) as Page
}

/** An expression that says whether `value` is like it: a part of it, a pattern with `**`, a regular expression. */
function test(like: string | RegExp, value: string): string {
  if (like instanceof RegExp) return `${String(like)}.test(${value})`
  const [first = '', ...rest] = like.split('**')
  const parts = rest.length === 0 ? `.includes(${JSON.stringify(like)})` : `.startsWith(${JSON.stringify(first)})`
  return `${value}${parts} && ${value}.endsWith(${JSON.stringify(rest.at(-1) ?? '')})`
}

function or(what: string, known: object): object {
  return new Proxy(known, {
    get(target, name, self) {
      if (name in target) return Reflect.get(target, name, self) as unknown
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      throw new Error(`this browser cannot be asked for ${what}.${name} here`)
    },
  })
}
