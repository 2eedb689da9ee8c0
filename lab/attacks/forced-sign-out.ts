// Threat: another site signs the victim out: a nuisance, and the first half of login CSRF. The attacker has a site and a sibling host.
// Expected: a sign-out that asks nothing of the request obeys.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { APP, EVIL, SIBLING } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (site, app) =>
  site === 'evil'
    ? `<!doctype html><form action="${app}/api/auth/logout" method="post"></form><script>document.forms[0].submit()</script>`
    : `<!doctype html><script>
fetch('${app}/api/auth/logout', { method: 'POST', mode: 'no-cors', credentials: 'include' })
</script>`

export const forcedSignOut: Attack = {
  name: 'forced-sign-out',
  group: 'other sites',
  title: 'Another site signs the victim out',
  what: 'A page of the attacker’s posts a form to the sign-out, and a page on the sibling host does it with fetch.',
  why: 'Its answer deletes the cookie, and browsers obey it wherever the request came from.',
  stops: 'A sign-out that looks at where the request comes from, like everything else the cookie can do.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'httponly-cookie', 'tutorial'],
  async run(scene) {
    const tab = await scene.signIn()
    for (const site of ['evil', 'sibling'] as const) {
      const address = `${site === 'evil' ? EVIL : SIBLING}/bye`
      await scene.thief.publish({ address, body: page(site, APP, scene.attacker) })
      await scene.lure(address, 'POST', '/api/auth/logout')
    }
    scene.ledger.forget()
    // A variable does not survive a reload; the page as it stands tells whether the person is still signed in.
    if (scene.target.name === 'variable') await tab.locator('#show').click()
    else await tab.reload()
    await told(tab, scene.target.name === 'variable' ? /profile: \d/ : 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.victim.email, from: 'browser' }).length > 0
      ? stopped('the requests arrived, and afterwards the server counted the victim’s profile as before')
      : succeeded('afterwards the victim was signed out')
  },
}
