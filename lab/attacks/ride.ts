// Threat: a script injected into the page steals nothing and acts at once: it fills in the form and presses the button. The attacker
// has one hole in the page's HTML. Expected: no place to keep a token helps; only keeping the script out does.
import { succeeded, stopped, type Attack } from '../attack.ts'
import { fruitless, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const form = document.querySelector('#transfer') as HTMLFormElement
  const to = form.elements.namedItem('to') as HTMLInputElement
  to.value = kit.params['to'] ?? ''
  form.requestSubmit()
  await new Promise((resolve) => setTimeout(resolve, 300))
}

export const ride: Attack = {
  name: 'ride',
  group: 'script, late',
  title: 'Acts in the victim’s name, in the page',
  what: 'The script fills in the transfer form and presses “Send”. The page does the rest, with whatever credential it has.',
  why: 'To the server this is the victim at work. No storage, closure, worker or key makes a difference while the page is open.',
  stops: 'Only a page that runs no script of strangers: a strict CSP, Trusted Types, few dependencies.',
  script: { when: 'late', payload: script },
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
  ],
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script, { to: scene.attacker.email })
    await readBook(page)
    const report = await scriptReport(scene)
    const transfers = scene.ledger.find({ deed: 'transfer', by: scene.victim.email, detail: scene.attacker.email })
    return transfers.length > 0
      ? succeeded('the server counted a transfer from the victim to the attacker')
      : stopped(fruitless(scene, report, 'the server counted no transfer'))
  },
}
