// Threat: a script on a sibling host (a blog, a forgotten campaign page) sends requests to the application. The attacker owns
// blog.app.test and evil.test. Expected: from the sibling every cookie travels, SameSite=Strict included; what counts is whether the server
// looks at where the request comes from, or does not know people by cookie.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { APP, EVIL, SIBLING } from '../world/hosts.ts'

export const siblingFetch: Attack = {
  name: 'sibling-fetch',
  group: 'other sites',
  title: 'A sibling host sends a fetch in the victim’s name',
  what: 'A page on evil.test, and one on blog.app.test, send a POST with fetch: “send money to me”. They cannot read the answer, and need not.',
  why: 'SameSite asks for the site, and blog.app.test is the same site as app.test.',
  stops: 'A token in a header, or a server that refuses what Sec-Fetch-Site calls “same-site”.',
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie'],
  async run(scene) {
    await scene.signIn()
    const worked: string[] = []
    for (const site of [EVIL, SIBLING]) {
      scene.ledger.forget()
      await scene.thief.publish({
        address: `${site}/post`,
        body: `<!doctype html><script>fetch('${APP}/api/transfer', { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ to: 'attacker' }) })</script>`,
      })
      const lure = await scene.browser.newPage()
      await Promise.all([
        lure.waitForResponse((answer) => answer.url() === `${APP}/api/transfer`),
        lure.goto(`${site}/post`),
      ])
      if (scene.ledger.find({ deed: 'transfer', by: scene.victim.email }).length > 0)
        worked.push(new URL(site).hostname)
    }
    return worked.length > 0
      ? succeeded(`the server counted a transfer, asked from ${worked.join(' and ')}`)
      : stopped('the requests arrived, from evil.test and blog.app.test, and the server counted no transfer')
  },
}
