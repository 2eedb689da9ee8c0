// RDR-01 in a real Chromium: a link to the sign-in page names where to go afterwards, and somebody else wrote that link. Wherever the browser
// is led by `wantedPath`, it is the page's own origin.
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/browser.ts'

const ORIGIN = 'http://localhost:4999'
let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const targets = [
  'https://evil.example/',
  '//evil.example/',
  '///evil.example/',
  '/\\evil.example/',
  '\\\\evil.example/',
  '/.//evil.example/',
  '/x/..//evil.example/',
  '/%2e//evil.example/',
  '/.\\\\evil.example/',
  `${ORIGIN}//evil.example/`,
  `${ORIGIN}/.//evil.example/`,
  `${ORIGIN}@evil.example/`,
  'http://localhost:4999.evil.example/',
  'http:evil.example',
  '/\t/evil.example/',
  '\n//evil.example/',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'blob:http://localhost:4999/x',
  '\u0000//evil.example/',
  '/\u2044evil.example',
]

test('RDR-01 no target of a link leads to another origin', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { wantedPath } from '@hallpass/browser/router'\nglobalThis.wantedPath = wantedPath",
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    format: 'iife',
    write: false,
    conditions: ['@hallpass/source'],
  })
  const page = await chromium.newPage()
  await page.route('**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
  await page.goto(`${ORIGIN}/sign-in`)
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' })
  const ledAway = await page.evaluate((all) => {
    const { wantedPath } = globalThis as unknown as { readonly wantedPath: (page: string) => string }
    // A link that makes the sign-in page throw is as bad as one that leads away.
    const home = (from: string) => {
      try {
        return (
          new URL(wantedPath(`/sign-in?from=${encodeURIComponent(from)}`), location.href).origin === location.origin
        )
      } catch {
        return false
      }
    }
    return all.filter((from) => !home(from))
  }, targets)
  expect(ledAway).toEqual([])
  // And an honest link still leads where it says.
  const honest = await page.evaluate(() =>
    (globalThis as unknown as { readonly wantedPath: (page: string) => string }).wantedPath(
      `/sign-in?from=${encodeURIComponent('/account?tab=2#devices')}`,
    ),
  )
  expect(honest).toBe('/account?tab=2#devices')
  await page.close()
})
