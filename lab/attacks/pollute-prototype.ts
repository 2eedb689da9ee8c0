// Threat: a script injected into the page (or a careless merge of foreign JSON) puts setters on `Object.prototype`. The attacker has one
// hole in the page's HTML. Expected: a client that assigns the token to a property of an ordinary object calls the attacker's setter.
import type { Attack } from '../attack.ts'
import { press } from '../scene.ts'
import { awaitLoot, judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  for (const name of ['Authorization', 'authorization', 'token', 'accessToken', 'access_token']) {
    // oxlint-disable-next-line no-extend-native -- this is the attack
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get: () => undefined,
      set(value: unknown) {
        kit.take('token', /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(String(value))?.[0])
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
        void kit.flush()
      },
    })
  }
}

export const pollutePrototype: Attack = {
  name: 'pollute-prototype',
  group: 'script, late',
  title: 'Puts setters on Object.prototype',
  what: 'The script waits for somebody to write “Authorization”, “token” or “accessToken” to any object at all.',
  why: 'An assignment to a property that an object does not have yet asks its prototypes first. The usual interceptor does just that.',
  stops: 'Building objects in one piece, Headers objects, or no token in script at all.',
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
    return judgeToken(scene, page, report, 'no token was written to a property that the prototype has')
  },
}
