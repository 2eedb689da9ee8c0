// Everything that can be said about the code without running the program: types, lint, format, policy.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const steps = [
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware'] },
  { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
  { name: 'policy', command: 'vitest', args: ['run', '--project', 'rooms', 'tests/policy'] },
]
const failed = steps.filter(({ name, command, args }) => {
  process.stdout.write(`\n${name}\n`)
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status !== 0
})
process.stdout.write(failed.length ? `\nfailed: ${failed.map(({ name }) => name).join(', ')}\n` : '\nall is well\n')
process.exit(failed.length ? 1 : 0)
