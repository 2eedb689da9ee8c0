// The lab's pages for people (`npm run lab -- --serve`), in a real Chromium: played with the keyboard alone, from the choice of a way to
// the verdict; and on the screen of a phone.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { VICTIM } from '../../lab/serve/stage.ts'
import { eventually, launchChromium } from '../support/browser.ts'
import { contrastFaults, nameFaults, sidewaysScroll, smallTargets } from '../support/page-faults.ts'
import { freePort } from '../support/program.ts'
import { waitFor } from '../support/wait-for.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let lab: ChildProcess
let chromium: Browser
let start: string

beforeAll(async () => {
  const port = await freePort()
  start = `http://localhost:${port}/`
  lab = spawn(process.execPath, ['-C', '@hallpass/source', 'lab/main.ts', '--serve'], {
    cwd: root,
    env: { ...process.env, LAB_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  lab.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await waitFor(() => said.includes('the lab is open') || lab.exitCode !== null, 60_000)
  if (lab.exitCode !== null) throw new Error(`the lab did not open: ${said}`)
  chromium = await launchChromium()
})
afterAll(async () => {
  await chromium?.close()
  lab.kill()
  await once(lab, 'exit')
})

type Role = 'link' | 'button' | 'textbox' | 'combobox'

/** Presses a key until the control of that role and name has the focus; wherever the focus stops on the way, it is seen. */
async function walk(page: Page, key: 'Tab' | 'Shift+Tab', where: Page | FrameLocator, role: Role, name: string) {
  const wanted = where.getByRole(role, { name, exact: true })
  for (let stop = 0; stop < 40; stop++) {
    await page.keyboard.press(key)
    const framed = await page.evaluate(() => document.activeElement?.id === 'victim')
    const here = (framed ? page.frameLocator('#victim') : page).locator(':focus')
    // Between a page and a frame in it the focus may be on neither.
    if ((await here.count()) === 0) continue
    const [text, outline] = await here.evaluate((element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const shown = element.matches(':focus-visible') && outlineStyle !== 'none' && outlineWidth !== '0px'
      return [element.outerHTML.slice(0, 80), shown] as const
    })
    expect(outline, `the focus is seen on ${text}`).toBe(true)
    if (
      framed === (where !== page) &&
      (await wanted.evaluate((element) => element === element.ownerDocument.activeElement))
    )
      return
  }
  throw new Error(`${key} does not lead to the ${role} “${name}”`)
}

test('with the keyboard alone, from the choice of a way to the verdict', async () => {
  const browser = await chromium.newContext()
  const page = await browser.newPage()
  await page.goto(start)
  await walk(page, 'Tab', page, 'link', 'JWT in localStorage')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'JWT in localStorage' }).waitFor()

  const victim = page.frameLocator('#victim')
  await victim.getByRole('button', { name: 'Sign in' }).waitFor()
  const desk = page.getByRole('region', { name: 'The attacker’s desk' })
  const log = desk.getByRole('log')
  await desk.getByText('Choose an attack first.').waitFor()
  await walk(page, 'Tab', page, 'combobox', 'Attack')
  // Past every attack and back, as somebody does who looks for one; then by its first letters.
  for (let step = 0; step < 12; step++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Home')
  await page.keyboard.type('Reads local')
  await desk.getByText(/^A script that got into the page looks through everything/).waitFor()

  await walk(page, 'Shift+Tab', victim, 'textbox', 'E-mail')
  await page.keyboard.type(VICTIM.email)
  await walk(page, 'Tab', victim, 'textbox', 'Password')
  await page.keyboard.type(VICTIM.password)
  await page.keyboard.press('Enter')
  await victim.getByText(`Signed in as ${VICTIM.email}`).waitFor()
  await walk(page, 'Tab', victim, 'button', 'Read the guest book')
  await page.keyboard.press('Enter')
  // Of the attacks that were walked past none is left in the book.
  await eventually(() => log.getByRole('listitem').allTextContents()).toEqual(['The script sent: token.'])

  await walk(page, 'Tab', page, 'button', 'Use the token elsewhere')
  await page.keyboard.press('Enter')
  await log.getByText(/On another machine the API answers: 200 .*victim@example\.test/).waitFor()
  const wire = page.getByRole('region', { name: 'On the wire' })
  await wire.getByText(/^attacker’s machine: GET \/api\/profile with a bearer token → 200/).waitFor()
  await desk.getByText(/^succeeded: on another machine the API answered 200 as the victim/).waitFor()
  expect(await nameFaults(page)).toEqual(['not one header.top'])
  await browser.close()
})

test('on a phone nothing is cut off, everything can be hit and read, in the light and in the dark', async () => {
  const viewport = { width: 390, height: 720 }
  const browser = await chromium.newContext({ viewport, isMobile: true, hasTouch: true })
  const page = await browser.newPage()
  const faults: string[] = []
  const look = async (where: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const found = await Promise.all([sidewaysScroll, smallTargets, contrastFaults].map((measure) => measure(page)))
      faults.push(...found.flat().map((fault) => `${where}, ${colorScheme}: ${fault}`))
    }
  }
  await page.goto(start)
  await look('the choice of a way')
  // The second refuses to be shown in a frame, and has the longest name.
  for (const name of ['httponly-cookie', 'hallpass-strict']) {
    await page.goto(start.replace('localhost', `lab.${name}.localhost`))
    await page.getByRole('combobox', { name: 'Attack' }).selectOption('form-post')
    await page.getByRole('link', { name: 'Open the attacker’s site' }).waitFor()
    await look(name)
  }
  expect(faults).toEqual([])
  await browser.close()
})
