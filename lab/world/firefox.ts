// Firefox as the victim's browser: it trusts the run's authority through its own profile and finds the lab's hosts through a proxy. It is
// asked for less than Chromium (see engine-page.ts); a cell that needs more is not run, and says what was missing.
import { join } from 'node:path'
import { launchFirefox } from '../../tests/support/engine-firefox.ts'
import type { VictimsBrowser } from './browser.ts'
import { trustAuthority } from './certificates.ts'
import { asContext } from './engine-page.ts'
import { openHostProxy } from './host-proxy.ts'
import { APP, EVIL, SIBLING } from './hosts.ts'

/**
 * @param home where the run's authority lies
 * @param ports of `app.test` and of the attacker's sites
 */
export async function openFirefox(
  home: string,
  ports: { readonly app: number; readonly attacker: number },
): Promise<VictimsBrowser> {
  const host = (origin: string) => new URL(origin).hostname
  const proxy = await openHostProxy(
    new Map([
      [host(APP), ports.app],
      [host(SIBLING), ports.attacker],
      [host(EVIL), ports.attacker],
    ]),
  )
  const engine = await launchFirefox({
    checksCertificates: true,
    preferences: {
      'network.proxy.type': 1,
      'network.proxy.ssl': '127.0.0.1',
      'network.proxy.ssl_port': proxy.port,
      'network.proxy.no_proxies_on': '',
    },
    prepare: (profile) => trustAuthority(profile, join(home, 'authority.pem')),
  })
  const onlyOne = (): never => {
    throw new Error('here Firefox has no profile that can be closed and opened again')
  }
  return {
    version: engine.version,
    fresh: async () => asContext(await engine.browser()),
    profile: async () => onlyOne(),
    kill: async () => onlyOne(),
    async close() {
      await engine.close()
      proxy.close()
    },
  }
}
