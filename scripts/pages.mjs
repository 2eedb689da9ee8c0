// Builds the pages of `hallpass serve` when they are missing or older than what they are made from; else does nothing, in a
// few milliseconds. What they are made from is compared by content, so a fresh checkout or a switched branch is no surprise.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'packages/hallpass/dist/pages')
const stamp = join(out, '.made-from')

/** The sources of the pages, what they import from the workspace, and the versions of the rest. */
function madeFrom() {
  const sources = ['packages/hallpass/pages/**/*.*', 'packages/browser/src/**/*.ts', 'package-lock.json']
  const files = globSync(sources, { cwd: root }).filter((file) => !/\.test\.tsx?$/.test(file))
  const hash = createHash('sha256')
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('base64url')
}

const wanted = madeFrom()
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  process.stderr.write('building the pages\n')
  // Built aside and moved into place: whoever starts meanwhile finds the old pages or the new ones, never half of them.
  const aside = `${out}.${process.pid}`
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const args = ['build', '--config', join(root, 'packages/hallpass/pages/vite.config.ts'), '--logLevel', 'warn']
  const built = spawnSync(process.execPath, [vite, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'production', HALLPASS_PAGES_OUT: aside },
  })
  if (built.status !== 0) {
    rmSync(aside, { recursive: true, force: true })
    process.stderr.write('the pages could not be built; the words of Vite are above\n')
    process.exit(1)
  }
  writeFileSync(join(aside, '.made-from'), wanted)
  mkdirSync(join(out, '..'), { recursive: true })
  const old = `${out}.${process.pid}.old`
  if (existsSync(out)) renameSync(out, old)
  renameSync(aside, out)
  rmSync(old, { recursive: true, force: true })
}
