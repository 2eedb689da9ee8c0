// The pages are for everyone: with a keyboard, a screen reader, a small screen, a dark room, without motion, on a slow line.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openPages, type Visitors } from '../support/pages.ts'
import { contrastFaults, nameFaults, sidewaysScroll, smallTargets, type PageFault } from '../support/page-faults.ts'

let pages: Visitors
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())
afterEach(() => expect(pages.complaints()).toEqual([]))

const OUTSIDE = ['/sign-in', '/sign-up', '/nothing-here']
const INSIDE = ['/inside', '/account']

/** Looks at every page with everything on it: errors and results as well. */
async function everywhere(page: Page, look: (page: Page) => Promise<readonly PageFault[]>): Promise<string[]> {
  const faults: string[] = []
  const note = async (state: string) => faults.push(...(await look(page)).map((fault) => `${state}: ${fault}`))
  for (const path of OUTSIDE) {
    await page.goto(path)
    await page.locator('main h1').waitFor()
    await note(path)
    const button = page.locator('button.primary')
    if ((await button.count()) === 0) continue
    await button.click()
    await page.locator('.line.wrong').first().waitFor()
    await note(`${path} with an error`)
  }
  await pages.signUp(page)
  for (const path of INSIDE) {
    await page.goto(path)
    await page
      .locator(path === '/inside' ? '.claim .raw' : '.devices strong')
      .first()
      .waitFor()
    await note(path)
  }
  await page.goto('/inside')
  for (const [label, told] of [
    ['Leave it as it is', '200, let in.'],
    ['Become somebody else', '401, refused.'],
  ] as const) {
    await page.getByRole('button', { name: label }).click()
    await page.getByText(told).waitFor()
    await note(`/inside, ${told}`)
  }
  return faults
}

test.each(['light', 'dark'] as const)(
  '%s: text stands out from its ground, 4.5 to 1 (WCAG 2.2, 1.4.3)',
  async (colorScheme) => {
    const browser = await pages.browser({ colorScheme, reducedMotion: 'reduce' })
    const page = await browser.newPage()
    expect(await everywhere(page, contrastFaults)).toEqual([])
    // The measure itself: text one shade from its ground is found.
    await page.locator('h1').evaluate((heading) => (heading.style.color = 'rgb(128 128 128)'))
    await page.locator('body').evaluate((body) => (body.style.background = 'rgb(120 120 120)'))
    expect((await contrastFaults(page)).join()).toContain('Inside your pass')
    await browser.close()
  },
)

test('every control has a name, every id is one of a kind, every page one heading and a title of its own', async () => {
  const browser = await pages.browser()
  const page = await browser.newPage()
  const titles = new Set<string>()
  const look = async (page: Page) => {
    titles.add(await page.title())
    return nameFaults(page)
  }
  expect(await everywhere(page, look)).toEqual([])
  expect([...titles]).toEqual(
    ['Sign in', 'Sign up', 'There is nothing here', 'Inside your pass', 'Account'].map((name) => `${name} · Hallpass`),
  )
  await page.evaluate(() => document.body.append(document.createElement('input'), document.createElement('button')))
  expect(await nameFaults(page)).toHaveLength(2)
  await browser.close()
})

test.each([320, 390])('at a width of %d pixels nothing is cut off and everything can be hit', async (width) => {
  const browser = await pages.browser({ viewport: { width, height: 720 }, isMobile: true, hasTouch: true })
  const page = await browser.newPage()
  expect(
    await everywhere(page, async (page) => [...(await sidewaysScroll(page)), ...(await smallTargets(page))]),
  ).toEqual([])
  await browser.close()
})

test('with the keyboard alone: the order is that of reading, and one sees where one is', async () => {
  const browser = await pages.browser()
  const page = await pages.open(browser, '/sign-in')
  // The keys of somebody who waits until there is something to see.
  await page.getByLabel('E-mail').waitFor()
  const order: string[] = []
  for (let step = 0; step < 9; step++) {
    await page.keyboard.press('Tab')
    const [name, seen] = await page.evaluate(() => {
      const here = document.activeElement
      if (!(here instanceof HTMLElement)) return ['', false] as const
      const { outlineStyle, outlineWidth } = getComputedStyle(here)
      const label = here instanceof HTMLInputElement ? here.labels?.[0]?.innerText : undefined
      const name = here.getAttribute('aria-label') ?? label ?? here.innerText
      return [name.trim(), outlineStyle === 'solid' && outlineWidth === '2px'] as const
    })
    expect(seen, `"${name}" shows the focus`).toBe(true)
    order.push(name)
  }
  expect(order).toEqual([
    'Skip to the content',
    'Hallpass',
    'Sign in',
    'Sign up',
    'E-mail',
    'Password',
    'Show the password: Password',
    'Stay signed in when the browser closes',
    'Sign in',
  ])

  // The first stop leads past the rest.
  await page.reload()
  await page.locator('main h1').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('email')
  await browser.close()
})

test('going to another page moves the focus to its heading', async () => {
  const browser = await pages.browser()
  const page = await pages.open(browser, '/sign-in')
  await page.getByRole('main').getByRole('link', { name: 'Sign up' }).click()
  await page.getByRole('heading', { name: 'Sign up' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  await browser.close()
})

test('what changes is read out: results are status regions, failures are alerts, the countdown is neither', async () => {
  const browser = await pages.browser()
  const page = await browser.newPage()
  await pages.signUp(page)
  const timer = page.getByRole('timer', { name: 'Time left' })
  expect(await timer.getAttribute('aria-live')).toBeNull()
  for (const name of ['Try to cheat', 'Let it expire'])
    expect(await page.getByRole('region', { name }).getByRole('status').count()).toBe(1)
  await page.goto('/account')
  await page.locator('.devices strong').waitFor()
  expect(await page.getByRole('region', { name: 'Devices' }).getByRole('alert').count()).toBe(1)
  expect(await page.getByRole('form', { name: 'Change password' }).getByRole('alert').count()).toBe(1)
  await browser.close()
})

test('on a slow line nothing moves when what was waited for comes', async () => {
  const browser = await pages.browser({ viewport: { width: 1120, height: 900 } })
  const page = await browser.newPage()
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as PerformanceEntry & { value: number; hadRecentInput: boolean }
        if (!hadRecentInput) document.documentElement.dataset['shift'] = String(shiftOf() + value)
      }
    }).observe({ type: 'layout-shift', buffered: true })
    const shiftOf = () => Number(document.documentElement.dataset['shift'] ?? 0)
  })
  await page.route('**/api/**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    await route.continue()
  })
  const shift = () => page.evaluate(() => Number(document.documentElement.dataset['shift'] ?? 0))

  await page.goto('/sign-in')
  await page.locator('section:not([inert]) form').waitFor()
  expect(await shift()).toBe(0)
  await pages.signUp(page)
  expect(await shift(), 'after signing up').toBe(0)
  for (const [path, there] of [
    ['/inside', '.claim .raw'],
    ['/account', '.devices strong'],
  ] as const) {
    await page.goto(path)
    await page.locator(there).first().waitFor()
    // Two frames, so that what has moved has been painted and noticed.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    expect(await shift(), path).toBe(0)
  }
  await browser.close()
})

test('whoever wants no motion gets none', async () => {
  for (const [reducedMotion, moving] of [
    ['reduce', false],
    ['no-preference', true],
  ] as const) {
    const browser = await pages.browser({ reducedMotion })
    const page = await browser.newPage()
    await pages.signUp(page)
    await page.route('**/api/inside', () => undefined)
    await page.goto('/inside')
    await page.locator('.blank').first().waitFor()
    expect((await page.evaluate(() => document.getAnimations().length)) > 0).toBe(moving)
    await browser.close()
  }
})
