// The person closes the browser and opens it again. Expected: what is not on the disk is gone.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'

export const reopen: Attack = {
  name: 'reopen',
  group: 'the person',
  title: 'Closing the browser signs the person out',
  what: 'The person signs in, closes the browser, opens it again and comes back.',
  why: 'Variables and sessionStorage end with the tab, and a cookie without Max-Age with the browser.',
  stops: 'A cookie with Max-Age, or localStorage. (Some people want to be signed out here.)',
  control: 'session-storage',
  succeedsOn: ['session-storage', 'variable'],
  profile: true,
  async run(scene) {
    await scene.signIn()
    await scene.reopen('closed')
    scene.ledger.forget()
    await told(await scene.open(), 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.victim.email }).length > 0
      ? stopped('after the restart the server counted the person’s profile')
      : succeeded('after the restart the server saw nobody')
  },
}
