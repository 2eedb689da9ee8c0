// Threat: another site sends the victim to an address of the application that changes something by GET. The attacker has a site. Expected:
// Lax cookies, the browsers' default, travel with such a navigation; Strict ones and bearer tokens do not.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { APP, EVIL } from '../world/hosts.ts'

const page: NonNullable<Attack['lure']> = (_, app) =>
  `<!doctype html><script>location.href = '${app}/api/vote?for=attacker'</script>`

export const linkGet: Attack = {
  name: 'link-get',
  group: 'other sites',
  title: 'A link from another site to a GET that changes something',
  what: 'The application counts votes by GET, a common mistake. The attacker’s page sends the victim’s browser there.',
  why: 'SameSite=Lax, also when it is the default, lets the cookie travel when a whole page is opened.',
  stops: 'No change by GET; SameSite=Strict; a token in a header.',
  lure: page,
  control: 'session',
  succeedsOn: ['session', 'readable-cookie', 'httponly-cookie'],
  async run(scene) {
    await scene.signIn()
    await scene.thief.publish({ address: `${EVIL}/news`, body: page('evil', APP, scene.attacker) })
    await scene.lure(`${EVIL}/news`, 'GET', '/api/vote?for=attacker')
    return scene.ledger.find({ deed: 'vote', by: scene.victim.email, detail: 'attacker' }).length > 0
      ? succeeded('the server counted the victim’s vote')
      : stopped('the request arrived, and the server counted no vote')
  },
}
