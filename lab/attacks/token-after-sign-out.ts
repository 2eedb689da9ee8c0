// Threat: as copied-token, but the victim signs out. Expected: a token that is checked without asking anybody does not
// learn of it; what is looked up, or told by a list of ended sessions, does.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { press } from '../scene.ts'

export const tokenAfterSignOut: Attack = {
  name: 'token-after-sign-out',
  group: 'copied secret',
  title: 'A copied credential after the victim signed out',
  what: 'The victim signs out. The attacker goes on with what was copied before: the token, and the refresh token where there is one.',
  why: 'Deleting a token in the browser deletes one copy. A server that keeps no list of sessions cannot end one.',
  stops: 'A session that the server can end, and a check that hears of it.',
  control: 'local-storage',
  succeedsOn: ['local-storage', 'session-storage', 'readable-cookie', 'httponly-cookie', 'variable', 'tutorial'],
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    await press(page, '#sign-out', 'signed out')
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
