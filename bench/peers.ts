// The peers' packages live in this folder only and are installed when a bench is first run: nobody else has to wait for them.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** Installs what bench/package-lock.json names, unless it is there. */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as {
    dependencies: Readonly<Record<string, string>>
  }
  if (Object.entries(dependencies).every(([name, version]) => installedVersion(name) === version)) return
  process.stderr.write('bench: installing the peers (first run only)\n')
  const args = ['ci', '--no-workspaces', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** The version of a peer that is installed here. */
export function installedVersion(name: string): string | undefined {
  const manifest = `${folder}node_modules/${name}/package.json`
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : undefined
}

/** The Node binaries to measure on: the one that runs this, and those that npm brought. */
export function nodes(): readonly { readonly version: string; readonly path: string }[] {
  const own = { version: process.versions.node, path: process.execPath }
  const others = ['node-20', 'node-22', 'node-26'].flatMap((name) => {
    const [version, path] = [installedVersion(name), `${folder}node_modules/${name}/bin/node`]
    return version !== undefined && existsSync(path) ? [{ version, path }] : []
  })
  return [...others, own].sort((a, b) => Number.parseInt(a.version, 10) - Number.parseInt(b.version, 10))
}
