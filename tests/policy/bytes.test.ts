// What a page pays for the client: each door of @hallpass/browser, bundled, minified and compressed as it would be delivered.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** Bytes, gzip -9. Raising one is a decision about everybody's pages. */
const CORE = 3072
/** What a door adds to the core, which it is never without. */
const DOORS = { react: 350, axios: 500, router: 400, dpop: 1200, ticket: 400 } as const

const source = fileURLToPath(new URL('../../packages/browser/src/', import.meta.url))

async function bytes(...doors: string[]): Promise<number> {
  return compressed(doors.map((door) => `export * from './${door}.ts'`).join('\n'))
}

/** What a program of an application comes to. */
async function compressed(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: source, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['react', 'axios'],
  })
  const text = outputFiles[0]?.text ?? ''
  expect(text.length).toBeGreaterThan(500)
  return gzipSync(text, { level: 9 }).length
}

test(`the core of @hallpass/browser is at most ${CORE} bytes`, async () => {
  const size = await bytes('index')
  expect(size).toBeGreaterThan(1000)
  expect(size).toBeLessThanOrEqual(CORE)
})

for (const [door, ceiling] of Object.entries(DOORS)) {
  test(`the door ${door} of @hallpass/browser adds at most ${ceiling} bytes`, async () => {
    const added = (await bytes('index', door)) - (await bytes('index'))
    expect(added).toBeGreaterThan(50)
    expect(added).toBeLessThanOrEqual(ceiling)
  })
}

test('the door worker of @hallpass/browser costs a page at most 1200 bytes, and its file is at most 3800', async () => {
  const page = await bytes('worker')
  expect(page).toBeGreaterThan(500)
  expect(page).toBeLessThanOrEqual(1200)
  const file = await compressed("import { serve } from './worker-host.ts'\nserve()")
  expect(file).toBeGreaterThan(3000)
  expect(file).toBeLessThanOrEqual(3800)
})

test('@hallpass/browser has no dependency', async () => {
  const { default: manifest } = (await import('../../packages/browser/package.json', { with: { type: 'json' } })) as {
    default: Record<string, unknown>
  }
  expect(manifest['dependencies']).toBeUndefined()
})
