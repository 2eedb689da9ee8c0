// Threat: somebody was an administrator, and is one no longer; the token from before still says so. The attacker (or the person) kept a
// copy. Expected: a role that is looked up changes at once; a role in a token changes when the token does.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'

export const tokenAfterRole: Attack = {
  name: 'token-after-role',
  group: 'copied secret',
  title: 'A token that still says “administrator”',
  what: 'An administrator is made an ordinary member. The token from before is used on another machine, on a page for administrators.',
  why: 'What stands in a token was true when it was signed. Nobody asks again until it expires.',
  stops:
    'Looking roles up where it matters, or ending the sessions of whoever loses a role; a short life limits the rest.',
  control: 'local-storage',
  succeedsOn: [
    'local-storage',
    'session-storage',
    'readable-cookie',
    'httponly-cookie',
    'variable',
    'tutorial',
    'hallpass',
    'hallpass-worker',
    'hallpass-strict',
  ],
  async run(scene) {
    scene.running.setRole(scene.victim.email, 'admin')
    const page = await scene.signIn()
    await scene.copySecrets(page)
    scene.running.setRole(scene.victim.email, 'member')
    const works = async () => (await scene.useOutside('token', '/api/admin')).status === 200
    if (!(await works())) return stopped('the administrators’ page answered 403 on another machine')
    const seconds = await howLong(scene, works)
    return succeeded(`the administrators’ page answered 200 on another machine, for ${duration(seconds)}`, seconds)
  },
}
