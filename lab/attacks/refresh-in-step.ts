// Threat: as refresh-alongside, but the attacker sees when the owner refreshes (malware on the owner's machine does) and follows within
// seconds each time. Expected: rotation cannot tell this from a browser that repeats a request.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'

export const refreshInStep: Attack = {
  name: 'refresh-in-step',
  group: 'copied secret',
  title: 'A copied refresh token, used ten seconds after its owner each time',
  what: 'The attacker follows every refresh of the owner’s within seconds, and so always holds the newest token.',
  why: 'Within half a minute the same token twice must be answered alike, or a lost answer would sign honest people out.',
  stops: 'Binding the session to a key. Rotation does not see it; the list of devices shows only the owner’s device.',
  control: 'tutorial',
  succeedsOn: ['tutorial', 'hallpass', 'hallpass-worker', 'hallpass-strict'],
  inapplicable: ({ refreshCookie }) => (refreshCookie === undefined ? 'there is no refresh token' : undefined),
  async run(scene) {
    const page = await scene.signIn()
    await scene.copySecrets(page)
    for (let round = 1; round <= 10; round++) {
      scene.moveTo(round * 14 * 60)
      await page.reload()
      await told(page, 'ready')
      scene.moveTo(round * 14 * 60 + 10)
      const { status } = await scene.refreshOutside()
      if (status !== 200 || !(await scene.useOutside('token')).asVictim)
        return stopped(`in round ${round} the refresh endpoint answered ${status} on another machine`)
    }
    scene.ledger.forget()
    await page.reload()
    await told(page, 'ready')
    const owner = scene.ledger.find({ deed: 'profile', by: scene.victim.email, from: 'browser' }).length > 0
    return succeeded(
      `ten rounds, two hours and twenty minutes: the attacker was let in each time${owner ? ', and the owner noticed nothing' : ''}`,
      10 * 14 * 60 + 10,
    )
  },
}
