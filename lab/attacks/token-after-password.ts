// Threat: as copied-token, but the victim changes the password. Expected: a token that is checked without asking anybody does not
// learn of it; what is looked up, or told by a list of ended sessions, does.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { press } from '../scene.ts'

export const tokenAfterPassword: Attack = {
  name: 'token-after-password',
  group: 'copied secret',
  title: 'A copied credential after a change of password',
  what: 'The victim notices something and changes the password, as everybody is told to do. The attacker goes on with what was copied.',
  why: 'A token does not know of passwords; and a session table does not either, unless the change ends the other sessions.',
  stops: 'A change of password that ends every session of the account, the copied one included.',
  control: 'local-storage',
  succeedsOn: [
    'session',
    'local-storage',
    'session-storage',
    'readable-cookie',
    'httponly-cookie',
    'variable',
    'tutorial',
  ],
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    await page.locator('#password [name=current]').fill(scene.victim.password)
    await page.locator('#password [name=next]').fill(`${scene.victim.password}-next`)
    await press(page, '#password button', 'changed')
    const { asVictim, status } = await scene.useOutside('token')
    const refresh = scene.target.refreshCookie === undefined ? undefined : await scene.refreshOutside()
    if (!asVictim && refresh?.status !== 200)
      return stopped(
        `the API answered ${status} on another machine${refresh ? `, and the refresh endpoint ${refresh.status}` : ''}`,
      )
    const works = async () => {
      if (scene.target.refreshCookie !== undefined) await scene.refreshOutside()
      return (await scene.useOutside('token')).asVictim
    }
    const seconds = await howLong(scene, works)
    const how =
      refresh?.status === 200 ? 'the copied refresh token went on working' : 'the copied token went on working'
    return succeeded(`${how}: the API answered 200 as the victim, for ${duration(seconds)}`, seconds)
  },
}
