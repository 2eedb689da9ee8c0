// The victim's browser: Chromium that trusts the run's authority and finds the lab's host names on loopback. A context is a browser
// with an empty cookie jar; a profile is one that can be closed and opened again.
import { existsSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { APP, EVIL, SIBLING } from './hosts.ts'

export interface VictimsBrowser {
  readonly version: string
  fresh(): Promise<BrowserContext>
  /** Opens a profile that lives in `directory`. */
  profile(directory: string): Promise<BrowserContext>
  /** Kills the browser of that profile, as a crash does: nothing is said to it and nothing is written any more. */
  kill(directory: string): Promise<void>
  close(): Promise<void>
}

const PLACES = [
  process.env['HALLPASS_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

const QUIET = [
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'MediaRouter',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'PreconnectToSearch',
  'SpareRendererForSitePerProcess',
  // Two pages for the suggestions under the address bar, in every window.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
]

/**
 * @param home where the browser trusts the run's authority
 * @param ports of `app.test` and of the attacker's sites
 * @param features of Chromium to switch on beside those it has on
 */
export async function openBrowser(
  home: string,
  ports: { readonly app: number; readonly attacker: number },
  features: readonly string[] = [],
): Promise<VictimsBrowser> {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place))
  if (executablePath === undefined)
    throw new Error('the lab needs Chromium: install it or set HALLPASS_CHROMIUM to its path')
  const at = (origin: string, port: number) => `MAP ${new URL(origin).hostname} 127.0.0.1:${port}`
  const rules = [at(APP, ports.app), at(SIBLING, ports.attacker), at(EVIL, ports.attacker), 'MAP * ~NOTFOUND']
  const options = {
    executablePath,
    chromiumSandbox: false,
    env: { ...process.env, HOME: home } as Record<string, string>,
    args: [
      `--host-resolver-rules=${rules.join(', ')}`,
      // The last list counts. Playwright's own switches off storage partitioning, which people's browsers have; this one only keeps
      // the browser from calling home and from trying other schemes.
      `--disable-features=${QUIET.join(',')}`,
      // There is nothing to draw for anybody, and drawing it in software takes a tenth of the run.
      '--disable-gpu',
      ...(features.length > 0 ? [`--enable-features=${features.join(',')}`] : []),
    ],
    // People's browsers have a back/forward cache, and block pop-ups that nobody clicked for.
    ignoreDefaultArgs: ['--disable-back-forward-cache', '--disable-popup-blocking'],
  }
  const browser: Browser = await chromium.launch(options)
  return {
    version: browser.version(),
    fresh: () => browser.newContext(),
    profile: (directory) => chromium.launchPersistentContext(directory, options),
    async kill(directory) {
      // Chromium's lock of a profile names its process: `host-pid`.
      const lock = join(directory, 'SingletonLock')
      const pid = Number(readlinkSync(lock).split('-').at(-1))
      process.kill(pid, 'SIGKILL')
      while (isAlive(pid)) await sleep(20)
      rmSync(lock, { force: true })
    },
    close: () => browser.close(),
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
