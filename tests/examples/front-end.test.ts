// The page of the README and the axios of the guide, as they stand, bundled and run in a real Chromium against the README's own server.
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { documentedProgram, freePort, runDocumentedPrograms } from '../support/documented-program.ts'
import { exchange } from '../support/http-exchange.ts'
import { newEmail, PASSWORD } from '../support/people.ts'

const programs = runDocumentedPrograms()
let chromium: Browser
let origin: string

beforeAll(async () => {
  const port = await freePort()
  origin = `http://localhost:${port}`
  await programs.start(documentedProgram('README.md', 'express'), { 3000: port }, port)
  chromium = await launchChromium()
})
afterAll(async () => {
  await chromium.close()
  await programs.remove()
})

const email = newEmail()
/** What stands around a documented program: the person who signs in, and where its outcome is left for the test. */
const before = `const email = ${JSON.stringify(email)}, password = ${JSON.stringify(PASSWORD)}\n`

/** Bundles a program for the page, with `./auth.js` being the module of the guide. */
async function bundle(program: string): Promise<string> {
  const authModule = documentedProgram('docs/guides/front-end.md', 'auth')
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('../..', import.meta.url)), loader: 'js' },
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['@hallpass/source'],
    plugins: [
      {
        name: 'auth-module',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.\/auth\.js$/ }, () => ({ path: 'auth', namespace: 'guide' }))
          onLoad({ filter: /.*/, namespace: 'guide' }, () => ({
            contents: authModule,
            resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
          }))
        },
      },
    ],
  })
  return outputFiles[0]?.text ?? ''
}

/** Opens a page of the server's own origin that runs a program, and answers what it left in `window.outcome`. */
async function run(page: Page, program: string): Promise<unknown> {
  const script = await bundle(program)
  await page.route(`${origin}/`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>page</title><script type="module">${script}</script>`,
    }),
  )
  // What goes wrong in the page is what the test fails with.
  const broken = new Promise<never>((_, reject) => page.once('pageerror', ({ message }) => reject(new Error(message))))
  await page.goto(`${origin}/`)
  await Promise.race([page.waitForFunction(() => 'outcome' in window), broken])
  return page.evaluate(() => (window as unknown as { readonly outcome: unknown }).outcome)
}

test('the page of the README signs in and asks for the profile; axios of the guide finds the session after a reload', async () => {
  const account = { headers: [['Origin', origin]], json: { email, password: PASSWORD } } as const
  expect((await exchange(origin.replace('localhost', '127.0.0.1'), 'POST', '/api/auth/register', account)).status).toBe(
    201,
  )

  const page = await chromium.newPage()
  const readme = documentedProgram('README.md', 'page')
  const first = await run(
    page,
    `${readme.replace('const auth', `${before}const auth`)}\nwindow.outcome = await profile.json()`,
  )
  expect(first).toEqual({ id: expect.stringMatching(/^[\da-f-]{36}$/) as string })

  const axios = documentedProgram('docs/guides/front-end.md', 'axios')
  expect(await run(page, `${axios}\nwindow.outcome = data`)).toEqual(first)
  await page.close()
})
