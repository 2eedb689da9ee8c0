// What a page pays for the client: each door of @hallpass/browser, bundled, minified and compressed as it would be delivered.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** Bytes, gzip -9. Raising one is a decision about everybody's pages. */
const CEILINGS = { index: 3072, react: 350, axios: 500 } as const

for (const [door, ceiling] of Object.entries(CEILINGS)) {
  test(`the door ${door} of @hallpass/browser is at most ${ceiling} bytes`, async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(`../../packages/browser/src/${door}.ts`, import.meta.url))],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      external: ['react', 'axios'],
    })
    const text = outputFiles[0]?.text ?? ''
    expect(text).toContain('export')
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(ceiling)
  })
}

test('@hallpass/browser has no dependency', async () => {
  const { default: manifest } = (await import('../../packages/browser/package.json', { with: { type: 'json' } })) as {
    default: Record<string, unknown>
  }
  expect(manifest['dependencies']).toBeUndefined()
})
