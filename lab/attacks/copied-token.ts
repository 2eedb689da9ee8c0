// Threat: the credential that the API takes was copied (from a log, a proxy, a crash report, a support ticket) and is used on another
// machine. Expected: everything that is only a string works anywhere, for as long as it lives.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'

export const copiedToken: Attack = {
  name: 'copied-token',
  group: 'copied secret',
  title: 'The API’s credential, used on another machine',
  what: 'What the browser sends to the API, the access token or the session cookie, is copied and sent from elsewhere, once the victim’s browser is closed.',
  why: 'A bearer credential is like cash: whoever shows it may use it.',
  stops: 'A short life limits the damage; binding to a key that cannot be copied ends it.',
  control: 'local-storage',
  succeedsOn: [
    'session',
    'local-storage',
    'session-storage',
    'readable-cookie',
    'httponly-cookie',
    'variable',
    'tutorial',
    'hallpass',
    'hallpass-worker',
    'hallpass-strict',
  ],
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    await page.close()
    const { asVictim, status } = await scene.useOutside('token')
    if (!asVictim) return stopped(`the API answered ${status} on another machine`)
    const seconds = await howLong(scene, async () => (await scene.useOutside('token')).asVictim)
    return succeeded(`on another machine the API answered 200 as the victim, for ${duration(seconds)}`, seconds)
  },
}
