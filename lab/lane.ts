// A lane runs cells one after the other: certificates, a browser, an attacker and the name `app.test`, all its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { expectedOf, type Attack, type Cell, type Verdict } from './attack.ts'
import { commitOf } from './commit.ts'
import { setScene } from './scene.ts'
import type { Target } from './targets/target.ts'
import { openBrowser } from './world/browser.ts'
import { openFirefox } from './world/firefox.ts'
import { makeCertificates, makeTrustingHome } from './world/certificates.ts'
import { openFront } from './world/front.ts'
import { APP, hosts } from './world/hosts.ts'
import { hireThief } from './world/thief.ts'

export interface Lane {
  readonly browserVersion: string
  run(target: Target, attack: Attack): Promise<Cell>
  close(): Promise<void>
}

/** Longer than any attack takes, busy machine included. */
const PATIENCE = 180_000

/** @param firefox in place of Chromium */
export async function openLane(firefox = false): Promise<Lane> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-lab-'))
  const sweep = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  // A run that is stopped leaves nothing behind either.
  process.once('exit', sweep)
  const certificates = await makeCertificates(hosts)
  const home = makeTrustingHome(directory, certificates.authority)
  const front = await openFront(certificates)
  const thief = await hireThief(certificates, front.port)
  const ports = { app: front.port, attacker: thief.port }
  const browser = firefox ? await openFirefox(home, ports) : await openBrowser(home, ports)
  let cells = 0

  const play = async (target: Target, attack: Attack): Promise<Verdict> => {
    const place = join(directory, `cell-${++cells}`)
    mkdirSync(place)
    let moved = 0
    const running = await target.start({
      origin: APP,
      directory: place,
      now: () => Date.now() + moved,
    })
    const profile = join(place, 'profile')
    const openContext = () => (attack.profile ? browser.profile(profile) : browser.fresh())
    let context: BrowserContext | undefined
    try {
      await thief.forget()
      front.show(running.listener)
      context = await openContext()
      const scene = await setScene({
        target,
        running,
        thief,
        browser: context,
        profile,
        async reopen(how) {
          if (how === 'closed') await context?.close()
          else await browser.kill(profile)
          context = await openContext()
          return context
        },
        arrival: front.arrival,
        log: front.log,
        moveTo: (seconds) => (moved = seconds * 1000),
      })
      return await within(attack.run(scene), PATIENCE)
    } finally {
      await context?.close().catch(() => undefined)
      front.show((_, response) => response.writeHead(503).end())
      await running.close()
      rmSync(place, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  return {
    browserVersion: browser.version,
    async run(target, attack) {
      const cell = {
        target: target.name,
        attack: attack.name,
        expected: expectedOf(attack, target),
        commit: commitOf(target.paths),
        date: new Date().toISOString(),
      }
      const reason = target.missing ?? attack.inapplicable?.(target)
      if (reason !== undefined)
        return { ...cell, expected: 'not-run', outcome: 'not-run', evidence: reason, seconds: null }
      return { ...cell, ...(await play(target, attack)) }
    },
    async close() {
      await browser.close()
      thief.close()
      front.close()
      sweep()
      process.off('exit', sweep)
    },
  }
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the attack took longer than ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
