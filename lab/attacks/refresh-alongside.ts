// Threat: the refresh token was copied, and the attacker uses it whenever an access token is needed, while the owner goes on working. The
// two do not know of each other. Expected: without rotation this goes on for the token's whole life; with rotation the two get out of
// step, and the next refresh of either ends the session.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration } from '../how-long.ts'
import { told } from '../scene.ts'

const MINUTE = 60

export const refreshAlongside: Attack = {
  name: 'refresh-alongside',
  group: 'copied secret',
  title: 'A copied refresh token, used beside its owner',
  what: 'The attacker refreshes every quarter of an hour, and so does the owner, some minutes apart. How long until the attacker is out?',
  why: 'Until the two have both refreshed there is nothing to notice.',
  stops:
    'Rotation with detection: the second of the two to come out of step ends the session, at the next refresh. It stops the attacker, not the first minutes.',
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-worker', 'hallpass-strict'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh token' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    let last: number | undefined
    for (let round = 0; round < 8; round++) {
      scene.moveTo((5 + 14 * round) * MINUTE)
      await scene.refreshOutside()
      if (!(await scene.useOutside('token')).asVictim) break
      last = (5 + 14 * round) * MINUTE
      scene.moveTo((12 + 14 * round) * MINUTE)
      await page.reload()
      await told(page, 'ready')
      if (!(await scene.useOutside('token')).asVictim) break
      last = (12 + 14 * round) * MINUTE
    }
    if (last === undefined) return stopped('the refresh endpoint gave the attacker nothing')
    const still = last >= (12 + 14 * 7) * MINUTE
    return succeeded(
      still
        ? `two hours later both were still at work, and nothing had been noticed`
        : `the attacker was out after ${duration(last)}: the session ended, for both`,
      last,
    )
  },
}
