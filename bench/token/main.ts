// How fast are tokens signed and verified, against raw node:crypto and against everybody else, on four versions of Node?
// Options: --node=20,24 for some of the versions, --algorithms=ES256 for some of the algorithms, --cases=seen (words of
// a case), --rounds=60, and --write: all of it, into docs/performance.md.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { document, type Document, type Row } from '../document.ts'
import { writeSection } from '../page.ts'
import { nodes } from '../peers.ts'
import { tables } from './tables.ts'

const ALGORITHMS = 'HS256,ES256,EdDSA,RS256,PS256'
const PEERS = ['jsonwebtoken', 'jose', 'fast-jwt', 'hono', '@fastify/jwt']
const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))

export async function answer(options: readonly string[]): Promise<Document> {
  const option = (name: string): string | undefined =>
    options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
  if (options.includes('--write') && (option('node') ?? option('algorithms') ?? option('cases')) !== undefined)
    throw new Error('the page is written by a whole run: leave --node, --algorithms and --cases out')
  const majors = option('node')?.split(',')
  const chosen = nodes().filter(({ version }) => majors?.includes(version.split('.')[0] ?? '') ?? true)
  const worker = await bundle()
  const rows: Row[] = []
  for (const { version, path } of chosen) {
    process.stderr.write(`bench: Node ${version}\n`)
    const args = [worker, option('algorithms') ?? ALGORITHMS, option('rounds') ?? '60', option('cases') ?? '']
    const { stdout } = await run(path, args, { cwd: folder, maxBuffer: 1e8 })
    rows.push(...(JSON.parse(stdout) as Row[]))
  }
  const question =
    'How much CPU does it take to sign and to verify a token? (× raw node:crypto doing the same signature)'
  const answer = document(question, chosen.map(({ version }) => version).join(', '), rows)
  if (options.includes('--write')) writeSection('token', answer, PEERS, tables(rows))
  return answer
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
