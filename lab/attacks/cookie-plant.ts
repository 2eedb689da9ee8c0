// Threat: a sibling host plants the attacker's session in the victim's browser, before the victim signs in. The attacker owns
// blog.app.test and an account. Expected: a cookie for the whole domain is taken for the application's own, unless its name says that it
// must come from this host alone (__Host-).
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { SIBLING } from '../world/hosts.ts'
import { attackersCookie } from './attackers-cookie.ts'

export const cookiePlant: Attack = {
  name: 'cookie-plant',
  group: 'other sites',
  title: 'A sibling host plants the attacker’s session (victim signed out)',
  what: 'blog.app.test sets a cookie for the whole of app.test that holds the attacker’s own session. The victim opens the application and is in the attacker’s account.',
  why: 'Servers see a cookie’s name and value, not who set it. Any host may set one for the domain above it.',
  stops:
    'A name with the __Host- prefix, which browsers take from the host itself only; no host of strangers under one’s domain.',
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie', 'tutorial', 'hallpass', 'hallpass-worker'],
  inapplicable: ({ access, refreshCookie }) =>
    access === 'bearer' && refreshCookie === undefined ? 'there is no cookie' : undefined,
  async run(scene) {
    const { name, path, value, httpOnly } = await attackersCookie(scene)
    await scene.thief.publish({
      address: `${SIBLING}/post`,
      body: '<!doctype html><p>A blog post.</p>',
      headers: {
        'set-cookie': `${name}=${value}; Domain=app.test; Path=${path}; Secure${httpOnly ? '; HttpOnly' : ''}; Max-Age=86400`,
      },
    })
    await (await scene.browser.newPage()).goto(`${SIBLING}/post`)
    await told(await scene.open(), 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.attacker.email, from: 'browser' }).length > 0
      ? succeeded('the victim opened the application, and the server counted the attacker’s profile')
      : stopped('the victim opened the application and was not in the attacker’s account')
  },
}
