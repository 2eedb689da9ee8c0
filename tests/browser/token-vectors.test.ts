// The token core on Web Crypto in a real browser: every Wycheproof vector, and each algorithm there and back.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as token from '@hallpass/token'
import type { summarize } from '../vectors/wycheproof.ts'
import { launchChromium } from '../support/browser.ts'

type Summary = ReturnType<typeof summarize>

/** What the bundle below leaves on the page. */
interface Bench {
  readonly token: typeof token
  readonly signatures: (file: unknown) => Promise<Summary>
  readonly keys: (file: unknown) => Promise<Summary>
  readonly resigned: (file: unknown) => Promise<Summary>
}

const ENTRY = `
import * as token from '@hallpass/token'
import { runKeys, runResigned, runSignatures, summarize } from './tests/vectors/wycheproof.ts'
const over = (run) => async (file) => summarize(await run(token, file))
globalThis.bench = { token, signatures: over(runSignatures), keys: over(runKeys), resigned: over(runResigned) }
`

const root = fileURLToPath(new URL('../..', import.meta.url))
const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/wycheproof/${name}`, import.meta.url), 'utf8'))

let server: Server
let browser: Browser
let page: Page

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['@hallpass/source'],
  })
  const script = outputFiles[0]?.text ?? ''
  server = createServer((request, response) => {
    const isScript = request.url === '/bench.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><title>vectors</title><script src="/bench.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await launchChromium()
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})

afterAll(async () => {
  await browser.close()
  server.close()
})

const run = (name: 'signatures' | 'keys' | 'resigned', file: unknown): Promise<Summary> =>
  page.evaluate(([name, file]) => (globalThis as unknown as { bench: Bench }).bench[name](file), [name, file] as const)

test('JWS: 46 of 46 valid accepted, 355 of 355 invalid refused', async () => {
  const summary = await run('signatures', vectors('json_web_signature_test.json'))
  expect(summary).toEqual({ valid: '46 of 46', invalid: '355 of 355', wrong: [] })
})

test('JWK: 5 of 5 valid accepted, 21 of 21 invalid refused', async () => {
  const summary = await run('keys', vectors('json_web_key_test.json'))
  expect(summary).toEqual({ valid: '5 of 5', invalid: '21 of 21', wrong: [] })
})

test('JWS again as JWTs, with real claims', async () => {
  const summary = await run('resigned', vectors('json_web_signature_test.json'))
  expect(summary).toEqual({ valid: '23 of 23', invalid: '1203 of 1203', wrong: [] })
})

test('every algorithm signs and verifies here, and refuses one changed character', async () => {
  const outcomes = await page.evaluate(async () => {
    const { token } = (globalThis as unknown as { bench: Bench }).bench
    const results: Record<string, string> = {}
    for (const algorithm of token.ALGORITHMS) {
      const secret = crypto.getRandomValues(new Uint8Array(64))
      const pair = algorithm.startsWith('HS') ? undefined : await token.generateKeyPair(algorithm)
      const signer = pair?.privateKey ?? (await token.importSecret(secret, algorithm))
      const claims = { iss: 'i', aud: 'a', exp: Math.floor(Date.now() / 1000) + 60 }
      const jwt = await token.sign(claims, signer, { type: 'at+jwt' })
      const options = { algorithms: [algorithm], type: 'at+jwt', issuer: 'i', audience: 'a' }
      const good = await token.verify(jwt, pair?.publicKey ?? signer, options)
      const at = jwt.lastIndexOf('.') + 10
      const bad = jwt.slice(0, at) + (jwt[at] === 'A' ? 'B' : 'A') + jwt.slice(at + 1)
      const refused = await token.verify(bad, pair?.publicKey ?? signer, options).catch((error: unknown) => error)
      results[algorithm] =
        `${JSON.stringify(good.claims) === JSON.stringify(claims)} ${(refused as { code?: string }).code}`
    }
    return results
  })
  expect(Object.keys(outcomes)).toHaveLength(13)
  for (const [algorithm, outcome] of Object.entries(outcomes)) expect(outcome, algorithm).toBe('true signature_invalid')
})

test('the web build of verify alone is at most 4 KB gzip and does no work when imported', async () => {
  const { gzipSync } = await import('node:zlib')
  const { outputFiles } = await build({
    stdin: { contents: "export { verify } from '@hallpass/token'", resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@hallpass/source'],
  })
  const code = outputFiles[0]?.text ?? ''
  expect(code).toContain('state the algorithms you accept')
  expect(code).not.toContain('node:')
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(4096)
  // An import that is not used leaves nothing behind: nothing in the package runs by itself.
  const unused = await build({
    stdin: {
      contents: "import '@hallpass/token'; import { sign } from '@hallpass/token'",
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@hallpass/source'],
  })
  expect(unused.outputFiles[0]?.text.trim()).toBe('')
})
