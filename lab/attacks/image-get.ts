// Threat: a page elsewhere shows an "image" whose address changes something in the application. The attacker has a site, and a sibling
// host of the application's. Expected: from another site no cookie travels any more; from a sibling host every cookie does.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { APP, EVIL, SIBLING } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (site, app) =>
  `<!doctype html><img src="${app}/api/vote?for=${site}" alt="a cat">`

export const imageGet: Attack = {
  name: 'image-get',
  group: 'other sites',
  title: 'An image whose address changes something',
  what: 'The attacker’s page, and a page on a sibling host (blog.app.test), show an image whose address casts a vote.',
  why: 'For browsers a sibling host is the same site: SameSite, even Strict, does not count there.',
  stops: 'No change by GET; a token in a header; a server that looks at Sec-Fetch-Site.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie'],
  async run(scene) {
    await scene.signIn()
    const worked: string[] = []
    for (const site of ['evil', 'sibling'] as const) {
      const address = `${site === 'evil' ? EVIL : SIBLING}/cat`
      await scene.thief.publish({ address, body: page(site, APP, scene.attacker) })
      await scene.lure(address, 'GET', `/api/vote?for=${site}`)
      const counted = scene.ledger.find({ deed: 'vote', by: scene.victim.email, detail: site })
      if (counted.length > 0) worked.push(new URL(address).hostname)
    }
    return worked.length > 0
      ? succeeded(`the server counted the victim’s vote, asked from ${worked.join(' and ')}`)
      : stopped('the requests arrived, from evil.test and blog.app.test, and the server counted no vote')
  },
}
