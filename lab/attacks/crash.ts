// The browser crashes just after the person came back: what changed since is not on the disk yet, so a token that was rotated is one step
// behind. Expected: without rotation there is nothing to lose; with rotation the server must take the step before for what it is.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'

export const crash: Attack = {
  name: 'crash',
  group: 'the person',
  title: 'A crash of the browser signs the person out',
  what: 'The person comes back after twenty minutes, and the browser is killed in the next second. Its cookie file is written every half minute only.',
  why: 'The browser comes back with the refresh token from before. A server that calls this theft signs honest people out.',
  stops: 'No rotation, or one that knows that an answer can be lost.',
  control: 'session-storage',
  succeedsOn: ['session-storage', 'variable'],
  profile: true,
  async run(scene) {
    await scene.signIn()
    await scene.reopen('closed')
    scene.moveTo(20 * 60)
    await told(await scene.open(), 'ready')
    await scene.reopen('killed')
    scene.moveTo(40 * 60)
    scene.ledger.forget()
    await told(await scene.open(), 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.victim.email }).length > 0
      ? stopped('after the crash the server counted the person’s profile')
      : succeeded('after the crash the server saw nobody')
  },
}
