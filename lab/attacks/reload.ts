// The person reloads the page. Expected: what is only in a variable is gone, unless something gets it anew.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'

export const reload: Attack = {
  name: 'reload',
  group: 'the person',
  title: 'A reload signs the person out',
  what: 'The person signs in and presses F5.',
  why: 'A JavaScript variable lives as long as the page.',
  stops: 'A refresh cookie, or a token in storage or in a cookie.',
  control: 'variable',
  succeedsOn: ['variable'],
  async run(scene) {
    const page = await scene.signIn()
    scene.ledger.forget()
    await page.reload()
    await told(page, 'ready')
    return scene.ledger.find({ deed: 'profile', by: scene.victim.email }).length > 0
      ? stopped('after the reload the server counted the person’s profile')
      : succeeded('after the reload the server saw nobody')
  },
}
