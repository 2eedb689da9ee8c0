// Threat: a script injected into the page reads `document.cookie`. The attacker has one hole in the page's HTML and a site of their
// own. Expected: a cookie without HttpOnly leaves the browser, a cookie with it does not.
import type { Attack } from '../attack.ts'
import { judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  for (const pair of document.cookie.split('; ')) kit.take('token', pair.slice(pair.indexOf('=') + 1))
}

export const cookieRead: Attack = {
  name: 'cookie-read',
  group: 'script, late',
  title: 'Reads document.cookie',
  what: 'A script that got into the page reads the cookies that script may read, and sends them to the attacker.',
  why: 'A cookie that the page wrote itself, or one without HttpOnly, is a string like any other.',
  stops: 'HttpOnly: the browser then never shows the value to script.',
  script: { when: 'late', payload: script },
  control: 'readable-cookie',
  succeedsOn: ['readable-cookie'],
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    return judgeToken(scene, page, await scriptReport(scene), 'saw no cookie')
  },
}
