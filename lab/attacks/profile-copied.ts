// Threat: malware copies the browser's profile from the disk: the cookie file and the files of Web Storage. The attacker has those files
// and nothing else. Expected: what survives a restart of the browser lies on the disk and is copied with it, HttpOnly or not.
import { join } from 'node:path'
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'

export const profileCopied: Attack = {
  name: 'profile-copied',
  group: 'copied secret',
  title: 'Malware copies the browser’s profile',
  what: 'The victim closes the browser. Malware copies the cookie file and the storage files, and reads them on another machine.',
  why: 'Whatever keeps a person signed in over a restart must be on the disk. HttpOnly is a rule for scripts, not for programs. (On Linux without a keyring the file’s key is printed in Chromium’s source; on other systems the malware has to ask the system for it.)',
  stops:
    'Device Bound Session Credentials: the cookie lives for minutes, and renewing it needs a key in the machine’s hardware. Disk encryption and a screen lock keep thieves out, not malware. (A key that the page keeps, as in “bound to a key”, lies in the profile as well. This row reads the files; a thief who opens a copy of the whole profile in a browser of their own has cookie and key together, and that has not been measured.)',
  control: 'httponly-cookie',
  succeedsOn: [
    'session',
    'local-storage',
    'session-storage',
    'readable-cookie',
    'httponly-cookie',
    'tutorial',
    'hallpass',
    'hallpass-worker',
    'hallpass-strict',
  ],
  profile: true,
  async run(scene) {
    await scene.signIn()
    await scene.browser.close()
    const cookies = await scene.thief.copyCookieFile(join(scene.profile, 'Default', 'Cookies'), 'app.test')
    const stored = await scene.thief.copyStorage(join(scene.profile, 'Default'))
    const use = async () => {
      if (scene.target.refreshCookie !== undefined) {
        const { status } = await scene.refreshOutside()
        if (status !== 200) return false
        return (await scene.useOutside('token')).asVictim
      }
      if (stored) return (await scene.useOutside('token')).asVictim
      return scene.target.access === 'bearer' ? false : (await scene.useJar()).asVictim
    }
    if (!(await use()))
      return stopped(
        cookies.length === 0 && !stored
          ? 'there is nothing of the session in the profile’s files'
          : `the files held ${[...cookies, ...(stored ? ['a token in Web Storage'] : [])].join(', ')}; the server let nobody in with it`,
      )
    const seconds = await howLong(scene, use)
    const from = stored ? 'the storage files' : `the cookie file (${cookies.join(', ')})`
    return succeeded(`with ${from} the attacker was let in on another machine, for ${duration(seconds)}`, seconds)
  },
}
