// Threat: the refresh token was copied, and its owner never comes back to that browser (a shared computer, a sold laptop). Expected:
// whoever refreshes from then on is the owner; only the absolute limit of the session ends it.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'

export const refreshOwnerGone: Attack = {
  name: 'refresh-owner-gone',
  group: 'copied secret',
  title: 'A copied refresh token whose owner never comes back',
  what: 'The owner closes the browser without signing out and never returns. The attacker keeps the session alive with the copy.',
  why: 'Rotation notices two holders. Here there is one.',
  stops:
    'The absolute limit; signing out; looking at one’s list of devices and ending the session there; binding to a key.',
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-worker', 'hallpass-strict'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh token' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    await page.close()
    let status = 0
    const seconds = await howLong(scene, async () => {
      ;({ status } = await scene.refreshOutside())
      return status === 200 && (await scene.useOutside('token')).asVictim
    })
    return seconds > 0
      ? succeeded(`the attacker kept the session for ${duration(seconds)}`, seconds)
      : stopped(`the refresh endpoint answered ${status}`)
  },
}
