// Threat: as key-handle, but the script makes a stock of proofs and sends them out with a token, to be used on the attacker's machine after
// the page is closed. Expected: a proof carries a nonce of the server's that is good for one to two minutes, and so is the stock.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { noKey, STOCK, useKey } from './key-handle.ts'
import { fruitless, readBook, scriptReport } from './loot.ts'

export const proofAhead: Attack = {
  name: 'proof-ahead',
  group: 'script, late',
  title: 'Makes a stock of proofs and carries it out',
  what: 'The script renews the session with the page’s key, makes thirty proofs for later requests, and sends token and proofs to the attacker, who uses them elsewhere.',
  why: 'A proof is a string like any other. What it is good for is written in it: one request, once, and with a nonce for a minute or two.',
  stops:
    'Nonces that the server gives out and forgets soon: without them a stock made today with tomorrow’s dates would be good tomorrow.',
  script: { when: 'late', payload: useKey, params: { stock: String(STOCK) } },
  control: 'hallpass-bound',
  succeedsOn: ['hallpass-bound'],
  inapplicable: noKey,
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(useKey, { stock: String(STOCK) })
    await readBook(page)
    const report = await scriptReport(scene)
    if (!report.kinds.includes('proof0')) return stopped(fruitless(scene, report, 'could make no proofs'))
    await page.close()
    let next = 0
    const works = async (): Promise<boolean> => {
      const headers = { authorization: 'DPoP «token»', dpop: `«proof${next++}»` }
      const { status, body } = await scene.thief.ask({ path: '/api/profile', headers })
      return status === 200 && body.includes(scene.victim.email)
    }
    if (!(await works())) return stopped('the proofs came out, and not even the first was taken elsewhere')
    const seconds = await howLong(scene, works)
    return succeeded(
      `of ${STOCK} proofs carried out, those used within ${duration(Math.max(seconds, 60))} were taken on another machine, and none after that`,
      seconds,
    )
  },
}
