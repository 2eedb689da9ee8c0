// Threat: as cookie-plant, but the victim is signed in: now two cookies of one name travel, and the server must choose. The attacker owns
// blog.app.test and an account, and gives the cookie the longer path, so that it comes first.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { SIBLING } from '../world/hosts.ts'
import { attackersCookie } from './attackers-cookie.ts'

export const cookieToss: Attack = {
  name: 'cookie-toss',
  group: 'other sites',
  title: 'A sibling host plants the attacker’s session (victim signed in)',
  what: 'The same while the victim is signed in. Two cookies of one name reach the server; the attacker’s comes first because its path is longer.',
  why: 'Servers take the first cookie of a name, and the browser sorts by path.',
  stops: '__Host- names; or a server that notices two living sessions and refuses to guess.',
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie', 'tutorial'],
  inapplicable: ({ access, refreshCookie }) =>
    access === 'bearer' && refreshCookie === undefined ? 'there is no cookie' : undefined,
  async run(scene) {
    const page = await scene.signIn()
    const { name, path, value } = await attackersCookie(scene)
    const longer = path === '/' ? '/api' : '/api/auth/refresh'
    await scene.thief.publish({
      address: `${SIBLING}/post`,
      body: '<!doctype html><p>A blog post.</p>',
      headers: { 'set-cookie': `${name}=${value}; Domain=app.test; Path=${longer}; Secure; HttpOnly; Max-Age=86400` },
    })
    await (await scene.browser.newPage()).goto(`${SIBLING}/post`)
    scene.ledger.forget()
    const refreshes: number[] = []
    page.on('response', (answer) => answer.url().endsWith('/refresh') && refreshes.push(answer.status()))
    await page.reload()
    await told(page, /ready|error/)
    if (scene.ledger.find({ deed: 'profile', by: scene.attacker.email, from: 'browser' }).length > 0)
      return succeeded('after a reload the server counted the victim’s browser in the attacker’s account')
    const still = scene.ledger.find({ deed: 'profile', by: scene.victim.email, from: 'browser' }).length > 0
    return stopped(
      still
        ? 'after a reload the victim is still in their own account'
        : `after a reload the victim is in nobody’s account (the refresh answered ${refreshes.join(', ')}), and stays so until the planted cookie is gone`,
    )
  },
}
