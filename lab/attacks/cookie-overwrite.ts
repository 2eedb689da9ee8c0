// Threat: a script injected into the page overflows the browser's cookie jar until the httpOnly cookie falls out, and writes the
// attacker's own in its place. The attacker has one hole in the page's HTML and an account. Expected: HttpOnly does not prevent it; a
// name that begins with __Http- does.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { fruitless, readBook, scriptReport } from './loot.ts'
import { attackersCookie } from './attackers-cookie.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const { name, path, value } = kit.params
  for (let index = 0; index < 400; index++) document.cookie = `x${index}=y; Path=${path}; Secure; Max-Age=600`
  document.cookie = `${name}=${value}; Path=${path}; Secure; Max-Age=600`
}

export const cookieOverwrite: Attack = {
  name: 'cookie-overwrite',
  group: 'script, late',
  title: 'Overflows the cookie jar and plants the attacker’s session',
  what: 'A browser keeps some 180 cookies for a site. The script writes hundreds, the httpOnly one is thrown out, and the script writes the attacker’s under its name.',
  why: 'HttpOnly hides a cookie’s value; it does not reserve its name once the cookie is gone.',
  stops:
    'A name with the __Http- prefix: browsers that know it take such a cookie from the server only. The victim is signed out, no more.',
  script: { when: 'late', payload: script },
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie', 'tutorial'],
  inapplicable: ({ access, refreshCookie }) =>
    access === 'bearer' && refreshCookie === undefined ? 'there is no cookie' : undefined,
  async run(scene) {
    const page = await scene.signIn()
    const { name, path, value } = await attackersCookie(scene)
    await scene.injectLate(script, { name, path, value })
    await readBook(page)
    const report = await scriptReport(scene)
    if (!report.ran) return stopped(fruitless(scene, report, ''))
    scene.ledger.forget()
    await page.reload()
    await told(page, 'ready')
    if (scene.ledger.find({ deed: 'profile', by: scene.attacker.email, from: 'browser' }).length > 0)
      return succeeded('after a reload the server counted the victim’s browser in the attacker’s account')
    const still = scene.ledger.find({ deed: 'profile', by: scene.victim.email, from: 'browser' }).length > 0
    return stopped(
      still
        ? 'the script ran; after a reload the victim is still in their own account'
        : 'the script ran; the cookie was thrown out and the victim is signed out, but no other cookie could take its place',
    )
  },
}
