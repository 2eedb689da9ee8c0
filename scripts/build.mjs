// Builds what is published: the libraries with tsc, the pages with Vite (when they changed).
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
run('tsc', ['-b'])
run(process.execPath, ['scripts/pages.mjs'])
