// Runs every test with vitest and ends with the one line that people and CI read: "N passed, N failed".
// Arguments go to vitest as they are (a file name, `--project rooms`, `-t name`).
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const report = join(root, '.cache/test-report.json')
mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(report, { force: true })

const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  ...process.argv.slice(2),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
]
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => {
  let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  try {
    counts = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    process.stdout.write('no report was written: the run itself failed\n')
  }
  const failed = counts.numFailedTests || (code === 0 ? 0 : 1)
  const skipped = counts.numPendingTests + counts.numTodoTests
  process.stdout.write(`\n${counts.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
  process.exit(code ?? 1)
})
