// Threat: a refresh token was copied some time ago (an old backup, an old log); its owner has refreshed twice since. Expected: without
// rotation an old copy is as good as new; with rotation it is worthless, and using it ends the session.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { told } from '../scene.ts'

export const refreshOutdated: Attack = {
  name: 'refresh-outdated',
  group: 'copied secret',
  title: 'An old copy of a refresh token, after its owner moved on',
  what: 'The owner has come back twice since the copy was made. The attacker tries the old copy.',
  why: 'A refresh token that never changes stays good for its whole life, wherever a copy of it lies.',
  stops:
    'Rotation: every use makes a new one, and an older one is refused and ends the session. The owner must sign in again.',
  control: 'tutorial',
  succeedsOn: ['tutorial'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh token' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    for (const minutes of [20, 40]) {
      scene.moveTo(minutes * 60)
      await page.reload()
      await told(page, 'ready')
    }
    scene.moveTo(60 * 60)
    const { status } = await scene.refreshOutside()
    const works = async () => {
      await scene.refreshOutside()
      return (await scene.useOutside('token')).asVictim
    }
    if (status !== 200) {
      await page.reload()
      await told(page, 'ready')
      const still = (await page.locator('#state').textContent()) === 'signed in'
      return stopped(
        `the refresh endpoint answered ${status}${still ? '' : '; the session ended, and its owner has to sign in again'}`,
      )
    }
    const seconds = await howLong(scene, works, 60 * 60)
    return succeeded(`the refresh endpoint answered 200 on another machine, for another ${duration(seconds)}`, seconds)
  },
}
