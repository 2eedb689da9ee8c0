// The person opens a second tab. Expected: sessionStorage and variables belong to one tab.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'

export const secondTab: Attack = {
  name: 'second-tab',
  group: 'the person',
  title: 'A second tab is signed out',
  what: 'The person signs in, and opens the application in another tab.',
  why: 'A variable belongs to one page, sessionStorage to one tab.',
  stops: 'Whatever is shared by the tabs of a browser: cookies, localStorage.',
  control: 'session-storage',
  succeedsOn: ['session-storage', 'variable'],
  async run(scene) {
    await scene.signIn()
    scene.ledger.forget()
    await told(await scene.open(), 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.victim.email }).length > 0
      ? stopped('the second tab was signed in at once')
      : succeeded('in the second tab the server saw nobody')
  },
}
