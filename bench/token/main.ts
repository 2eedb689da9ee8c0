// How fast are tokens signed and verified, against raw node:crypto and against everybody else, on four versions of Node?
// Options: --node=20,24 for some of the versions, --algorithms=ES256 for some of the algorithms, --rounds=15.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { document, type Document, type Row } from '../document.ts'
import { nodes } from '../peers.ts'

const ALGORITHMS = 'HS256,ES256,EdDSA,RS256,PS256'
const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))

export async function answer(options: readonly string[]): Promise<Document> {
  const option = (name: string): string | undefined =>
    options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
  const majors = option('node')?.split(',')
  const chosen = nodes().filter(({ version }) => majors?.includes(version.split('.')[0] ?? '') ?? true)
  const worker = await bundle()
  const rows: Row[] = []
  for (const { version, path } of chosen) {
    process.stderr.write(`bench: Node ${version}\n`)
    const args = [worker, option('algorithms') ?? ALGORITHMS, option('rounds') ?? '15']
    const { stdout } = await run(path, args, { cwd: folder, maxBuffer: 1e8 })
    rows.push(...(JSON.parse(stdout) as Row[]))
  }
  const question =
    'How much CPU does it take to sign and to verify a token? (× raw node:crypto doing the same signature)'
  return document(question, chosen.map(({ version }) => version).join(', '), rows)
}

/** Older versions of Node read no TypeScript, and all of them should run the same file. */
async function bundle(): Promise<string> {
  const outfile = join(folder, 'node_modules/.cache/token-worker.mjs')
  mkdirSync(join(folder, 'node_modules/.cache'), { recursive: true })
  await build({
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    conditions: ['@hallpass/source'],
    external: ['jose', 'jsonwebtoken', 'fast-jwt', 'hono', 'hono/jwt', 'fastify', '@fastify/jwt'],
  })
  return outfile
}
