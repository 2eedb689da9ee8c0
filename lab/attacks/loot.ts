// What became of an injected script's find, told from what the outside knows: whether the script reported, what it brought out, and
// what the API answered to it there.
import type { Page } from 'playwright-core'
import { stopped, succeeded, type Verdict } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { told, type Scene } from '../scene.ts'
import { EVIL } from '../world/hosts.ts'
import type { Report } from '../world/thief-orders.ts'

/** Opens the guest book, in which an injected script may stand; that script may take the page elsewhere at once. */
export async function readBook(page: Page): Promise<void> {
  const left = page.waitForURL(`${EVIL}/**`, { waitUntil: 'commit', timeout: 20_000 }).catch(() => undefined)
  await page.locator('#read-notes').click()
  await Promise.race([told(page, /read|sent|error/), left])
}

/** Waits for the injected script to report, or for the browser to report what the policy refused. */
export async function scriptReport(scene: Scene, milliseconds = 15_000): Promise<Report> {
  const until = Date.now() + milliseconds
  for (;;) {
    const report = await scene.thief.report(250)
    const ran = report.ran || cameToNothing(scene)
    if (ran || neverRan(scene) || Date.now() >= until) return { ...report, ran }
  }
}

/** Waits until loot of that kind has come out, or gives up. */
export async function awaitLoot(scene: Scene, kind: string, milliseconds = 2_500): Promise<Report> {
  const until = Date.now() + milliseconds
  let ran = false
  for (;;) {
    const report = await scene.thief.report(Math.max(1, until - Date.now()))
    ran ||= report.ran
    if (report.kinds.includes(kind) || Date.now() >= until) return { ...report, ran }
  }
}

const refused = (scene: Scene): readonly string[] =>
  scene.ledger.find({ deed: 'policy-report' }).map(({ detail }) => detail)

/** The policy refused the script itself. */
const neverRan = (scene: Scene): boolean =>
  refused(scene).some((said) => /^(script-src|require-trusted|trusted-types)/.test(said))

/** The policy refused the script's last word, that it found nothing. */
const cameToNothing = (scene: Scene): boolean => refused(scene).some((said) => said.endsWith('/nothing'))

/**
 * How a script came to nothing. `found` says what it did not achieve, where it ran.
 *
 * @throws Error when neither the script nor the browser reported: that is no result, and is not taken for one
 */
export function fruitless(scene: Scene, report: Report, found: string): string {
  if (report.ran || cameToNothing(scene)) {
    const hindered = new Set(refused(scene).flatMap((said) => (said.includes(EVIL) ? [] : (said.split(' ')[0] ?? []))))
    const why = [
      ...(report.error === undefined ? [] : [report.error]),
      ...[...hindered].map((directive) => `the policy’s ${directive} forbade it`),
    ]
    return `the script ran and ${found}${why.length === 0 ? '' : ` (${why.join('; ')})`}`
  }
  if (neverRan(scene)) return 'the script never ran: the browser reported a violation of the page’s policy'
  throw new Error('the injected script did not report, and nothing says why')
}

/** The stolen token is tried on another machine, for as long as it works, the victim's page being closed. */
export async function judgeToken(scene: Scene, page: Page, report: Report, nothing: string): Promise<Verdict> {
  if (!report.kinds.includes('token')) return stopped(fruitless(scene, report, nothing))
  const { asVictim, status } = await scene.useOutside('token')
  if (!asVictim) return stopped(`a token came out, and the API answered ${status} to it outside`)
  await page.close()
  const seconds = await howLong(scene, async () => (await scene.useOutside('token')).asVictim)
  return succeeded(`on another machine the API answered 200 as the victim, for ${duration(seconds)}`, seconds)
}
