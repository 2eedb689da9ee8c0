// What the policy of the pages stops: a script that got into a page all the same finds that nothing it writes is run, nothing it
// points at is loaded, nothing it reads can be sent away, and no other page can frame it.
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPages, type Visitors } from '../support/pages.ts'

let pages: Visitors
let elsewhere: Server
let foreign: string
const received: string[] = []

beforeAll(async () => {
  pages = await openPages()
  elsewhere = createServer((request, response) => {
    received.push(request.url ?? '')
    response.setHeader('access-control-allow-origin', '*')
    const frame = `<!doctype html><title>Frame</title><iframe src="${pages.program.origin}/sign-in"></iframe>`
    response.setHeader('content-type', 'text/html').end(frame)
  })
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  foreign = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
})
afterAll(async () => {
  elsewhere.close()
  await pages.close()
})

test('no inline script, no eval, no string that becomes code or markup, nothing from or to elsewhere', async () => {
  const browser = await pages.browser()
  const page = await browser.newPage()
  await pages.signUp(page)
  // That every other page has the same policy is shown by its headers (tests/server/program-headers.test.ts).
  for (const path of ['/inside', '/nothing-here']) {
    await page.goto(path)
    await page.locator('main h1').waitFor()
    received.length = 0
    const outcome = await page.evaluate(async (foreign) => {
      const violated = new Set<string>()
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.add(effectiveDirective))
      const fails = async (work: () => unknown) => {
        try {
          await work()
          return false
        } catch {
          return true
        }
      }
      // In a task of its own: what the test runs directly is let off, as a developer's console is.
      const later = (work: () => unknown) =>
        new Promise((resolve, reject) => {
          setTimeout(() => {
            try {
              resolve(work())
            } catch (error) {
              reject(error instanceof Error ? error : new Error('refused'))
            }
          })
        })
      const loads = (src: string) =>
        new Promise((done) => {
          const image = new Image()
          image.addEventListener('load', () => done(true))
          image.addEventListener('error', () => done(false))
          image.src = src
        })
      const style = document.createElement('style')
      style.textContent = 'h1 { display: none }'
      document.head.append(style)
      return {
        markup: await fails(() => (document.createElement('div').innerHTML = '<b>x</b>')),
        script: await fails(() => (document.createElement('script').textContent = 'x')),
        source: await fails(() => (document.createElement('script').src = `${foreign}/script`)),
        // oxlint-disable-next-line typescript/no-implied-eval -- this is what an attacker would try
        code: await fails(() => later(() => new Function('return 1')())),
        sent: await fails(() => fetch(`${foreign}/sent`)),
        image: await loads(`${foreign}/image`),
        hidden: getComputedStyle(document.querySelector('h1') ?? document.body).display === 'none',
        violated: [...violated].toSorted(),
      }
    }, foreign)
    expect(outcome, path).toMatchObject({
      markup: true,
      script: true,
      source: true,
      code: true,
      sent: true,
      image: false,
      hidden: false,
    })
    expect(outcome.violated).toEqual(expect.arrayContaining(['connect-src', 'img-src', 'require-trusted-types-for']))
    expect(received).toEqual([])
  }
  await browser.close()
})

test('no other page can put one of ours into a frame', async () => {
  const browser = await pages.browser()
  const page = await browser.newPage()
  await page.goto(foreign)
  const [, frame] = page.frames()
  await frame?.waitForLoadState()
  expect(await frame?.getByRole('heading', { name: 'Sign in' }).count()).toBe(0)
  expect(frame?.url()).toBe('chrome-error://chromewebdata/')
  await browser.close()
})
