// Runs what is no part of `npm test`: `memory` for what a page holds after very many requests, `cluster` for a deployment that is shaken for
// ten minutes, `firefox` and `webkit` for the browser tests in another engine. What such a run needs from the system is installed where
// that is possible, and named where it is not.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const browserTests = (...names) => names.map((name) => `tests/browser/${name}.test.ts`)

/** `needs`: a place where it stands, and Debian's packages. `HALLPASS_…` of that name says another place. */
const KINDS = {
  memory: { needs: [], environment: { HALLPASS_APART: 'memory' }, tests: ['tests/apart/memory.test.ts'] },
  cluster: { needs: [], environment: { HALLPASS_APART: 'cluster' }, tests: ['tests/apart/cluster.test.ts'] },
  firefox: {
    needs: [['HALLPASS_FIREFOX', '/usr/bin/firefox-esr', ['firefox-esr']]],
    environment: { HALLPASS_ENGINE: 'firefox' },
    tests: browserTests('session', 'refresh', 'tabs', 'time', 'lifecycle', 'requests', 'leaks', 'frameworks'),
  },
  webkit: {
    needs: [
      ['HALLPASS_WEBKIT_DRIVER', '/usr/bin/WebKitWebDriver', ['webkit2gtk-driver']],
      ['HALLPASS_XVFB', '/usr/bin/xvfb-run', ['xvfb', 'xauth']],
    ],
    environment: { HALLPASS_ENGINE: 'webkit' },
    // The basic two dozen: what needs a fault on the wire each time takes as long here as all else together.
    tests: [...browserTests('session', 'requests', 'refresh'), '-t', '^(\\d\\d|[1-7]):|^a '],
    // WebKitGTK draws on a screen; one that nobody sees will do.
    under: process.env.DISPLAY ? [] : ['xvfb-run', '-a'],
  },
}

const kind = KINDS[process.argv[2]]
if (kind === undefined) {
  process.stderr.write(`node scripts/apart.mjs ${Object.keys(KINDS).join('|')}\n`)
  process.exit(2)
}

for (const [variable, place, packages] of kind.needs) {
  const found = () => existsSync(process.env[variable] ?? place)
  if (!found() && spawnSync('sh', ['-c', 'test "$(id -u)" = 0 && command -v apt-get']).status === 0) {
    process.stderr.write(`apart: installing ${packages.join(', ')} from Debian (first run only)\n`)
    const options = { stdio: ['ignore', 'ignore', 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
    spawnSync('apt-get', ['update', '-qq'], options)
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
  }
  if (found()) continue
  process.stderr.write(`apart: this needs ${place} (Debian: ${packages.join(', ')}), or ${variable} with its path\n`)
  process.exit(1)
}

const own = process.argv.slice(3)
const [command, ...args] = [
  ...(kind.under ?? []),
  process.execPath,
  fileURLToPath(new URL('./test.mjs', import.meta.url)),
  '--project',
  'browser',
  ...(own.length > 0 ? own : kind.tests),
]
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...kind.environment } })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
