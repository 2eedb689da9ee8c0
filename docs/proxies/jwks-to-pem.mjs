// Writes the key set of a Hallpass deployment as PEM files, for programs that read no JWKS: key-1.pem and key-2.pem (twice the same key
// when there is one). A key is published a day before it signs, so once an hour is often enough; after `hallpass keys revoke`, at once:
//
//   node jwks-to-pem.mjs https://app.example.com/api/auth/jwks /etc/haproxy/hallpass && systemctl reload haproxy
//
// It fails, and leaves what is there, when it cannot have the keys or there are more than two.
import { createPublicKey } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILES = ['key-1.pem', 'key-2.pem']
const [url, directory] = process.argv.slice(2)
if (url === undefined || directory === undefined) {
  process.stderr.write('node jwks-to-pem.mjs JWKS-URL DIRECTORY\n')
  process.exit(2)
}

const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
if (!response.ok) throw new Error(`${url} answers ${response.status}`)
const { keys } = await response.json()
if (keys.length === 0 || keys.length > FILES.length) throw new Error(`${url} has ${keys.length} keys`)

const pems = keys.map((jwk) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
mkdirSync(directory, { recursive: true })
for (const [index, name] of FILES.entries()) {
  const path = join(directory, name)
  // Whoever reads it meanwhile has the old file or the new one, whole.
  writeFileSync(`${path}.new`, pems[index] ?? pems[0])
  renameSync(`${path}.new`, path)
}
