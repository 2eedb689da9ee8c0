// Threat: the refresh cookie was copied and is used at once on another machine, while its owner is still there. Expected: nothing tells
// the copy from the original; a key would.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'

export const refreshAtOnce: Attack = {
  name: 'refresh-at-once',
  group: 'copied secret',
  title: 'A copied refresh token, used within seconds',
  what: 'The attacker sends the copied refresh cookie at once and is given an access token. (How long that goes on is the next rows’ question; here it is one access token.)',
  why: 'Two holders of one string look the same. Rotation must bear a repetition within seconds, because browsers repeat requests and tabs race.',
  stops: 'Binding the session to a key of the browser; rotation alone notices later (see below).',
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-worker', 'hallpass-strict'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh token' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    const { status } = await scene.refreshOutside()
    const { asVictim } = await scene.useOutside('token')
    if (status !== 200 || !asVictim) return stopped(`the refresh endpoint answered ${status} on another machine`)
    const seconds = await howLong(scene, async () => (await scene.useOutside('token')).asVictim)
    return succeeded(
      `the refresh endpoint answered 200 on another machine; the access token worked for ${duration(seconds)}`,
      seconds,
    )
  },
}
