// `hallpass version`: the version of this package, read from its manifest, which lies beside both src and dist.
import { readFileSync } from 'node:fs'

export function version(): void {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  process.stdout.write(`hallpass ${isManifest ? String(manifest.version) : 'unknown'}\n`)
}
