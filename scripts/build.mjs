// Builds what is published: the libraries with tsc, the pages with Vite.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
run('tsc', ['-b'])
if (existsSync(join(root, 'packages/hallpass/pages/vite.config.ts')))
  run('vite', ['build', '--config', 'packages/hallpass/pages/vite.config.ts', '--logLevel', 'warn'])
