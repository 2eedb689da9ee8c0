// Threat: a malicious dependency fills in the form and presses the button. Expected: nothing that keeps tokens helps.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { fruitless, scriptReport } from './loot.ts'
import { told } from '../scene.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  while (document.querySelector('#told')?.textContent !== 'done')
    await new Promise((resolve) => setTimeout(resolve, 50))
  const form = document.querySelector('#transfer') as HTMLFormElement
  const to = form.elements.namedItem('to') as HTMLInputElement
  to.value = kit.params['to'] ?? ''
  form.requestSubmit()
  await new Promise((resolve) => setTimeout(resolve, 300))
}

export const earlyRide: Attack = {
  name: 'early-ride',
  group: 'script, early',
  title: 'A dependency acts in the victim’s name',
  what: 'The dependency waits until somebody is signed in, fills in the transfer form and presses “Send”.',
  why: 'To the page and to the server this is the victim at work.',
  stops: 'Nothing in this table. Confirming what matters (a password, a passkey, another device) makes it harder.',
  script: { when: 'early', payload: script },
  control: 'session',
  succeedsOn: [
    'session',
    'local-storage',
    'session-storage',
    'readable-cookie',
    'httponly-cookie',
    'variable',
    'tutorial',
    'hallpass',
    'hallpass-bound',
    'hallpass-worker',
    'hallpass-strict',
  ],
  async run(scene) {
    scene.injectEarly(script, { to: scene.attacker.email })
    const page = await scene.signIn()
    await told(page, /sent/).catch(() => undefined)
    const report = await scriptReport(scene)
    return scene.ledger.find({ deed: 'transfer', by: scene.victim.email, detail: scene.attacker.email }).length > 0
      ? succeeded('the server counted a transfer from the victim to the attacker')
      : stopped(fruitless(scene, report, 'the server counted no transfer'))
  },
}
