// Threat: a script on a sibling host (a blog, a forgotten campaign page) sends requests to the application. The attacker owns
// blog.app.test and evil.test. Expected: from the sibling every cookie travels, SameSite=Strict included; what counts is whether the server
// looks at where the request comes from, or does not know people by cookie.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { APP, EVIL, SIBLING } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (_, app, { email }) => `<!doctype html><script>
fetch('${app}/api/transfer', {
  method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ to: '${email}' }),
})
</script>`

export const siblingFetch: Attack = {
  name: 'sibling-fetch',
  group: 'other sites',
  title: 'A sibling host sends a fetch in the victim’s name',
  what: 'A page on evil.test, and one on blog.app.test, send a POST with fetch: “send money to me”. They cannot read the answer, and need not.',
  why: 'SameSite asks for the site, and blog.app.test is the same site as app.test.',
  stops: 'A token in a header, or a server that refuses what Sec-Fetch-Site calls “same-site”.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie'],
  async run(scene) {
    await scene.signIn()
    const worked: string[] = []
    for (const site of ['evil', 'sibling'] as const) {
      const address = `${site === 'evil' ? EVIL : SIBLING}/post`
      scene.ledger.forget()
      await scene.thief.publish({ address, body: page(site, APP, scene.attacker) })
      await scene.lure(address, 'POST', '/api/transfer')
      if (scene.ledger.find({ deed: 'transfer', by: scene.victim.email }).length > 0)
        worked.push(new URL(address).hostname)
    }
    return worked.length > 0
      ? succeeded(`the server counted a transfer, asked from ${worked.join(' and ')}`)
      : stopped('the requests arrived, from evil.test and blog.app.test, and the server counted no transfer')
  },
}
