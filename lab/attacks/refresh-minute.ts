// Threat: the refresh token was copied; its owner refreshes once, and the attacker uses the copy a minute and a half later. Expected: the
// copy is one step behind, as an honest browser is whose answer was lost, and is let in; the owner's next refresh shows that there are two.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { told } from '../scene.ts'

const MINUTE = 60

export const refreshMinute: Attack = {
  name: 'refresh-minute',
  group: 'copied secret',
  title: 'A copied refresh token, a minute after its owner used it',
  what: 'The owner comes back and refreshes; ninety seconds later the attacker uses the copy, which is one step behind. Then the owner comes back once more. How long was the attacker in?',
  why: 'A browser that never got the answer stands where this copy stands. A server that calls one step behind theft signs honest people out.',
  stops:
    'Rotation with detection does not refuse the first use; it ends the session when the owner comes back. A key that cannot be copied refuses at once.',
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-strict', 'hallpass-worker'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh token' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    scene.moveTo(20 * MINUTE)
    await page.reload()
    await told(page, 'ready')
    scene.moveTo(21.5 * MINUTE)
    const { status } = await scene.refreshOutside()
    if (!(await scene.useOutside('token')).asVictim)
      return stopped(`ninety seconds after the owner’s refresh the endpoint answered ${status} on another machine`)
    const alone = 12 * MINUTE
    scene.moveTo(21.5 * MINUTE + alone)
    if (!(await scene.useOutside('token')).asVictim) return succeeded('the access token worked for less than 12 min', 0)
    await page.reload()
    await told(page, 'ready')
    const [after, again] = [await scene.useOutside('token'), await scene.refreshOutside()]
    if (!after.asVictim && again.status !== 200)
      return succeeded(
        `the attacker was let in, and was out after ${duration(alone)}: the owner came back, and the session ended`,
        alone,
      )
    const works = async () => (await scene.refreshOutside(), (await scene.useOutside('token')).asVictim)
    const seconds = alone + (await howLong(scene, works, 21.5 * MINUTE + alone))
    return succeeded(
      `the attacker was let in, and the owner coming back changed nothing, for ${duration(seconds)}`,
      seconds,
    )
  },
}
