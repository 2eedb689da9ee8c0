// Threat: an access log of the pages and the API (the auth endpoints have their own, or none) keeps headers, and somebody reads it an hour
// later. The attacker has that log and nothing else. Expected: what travels with every request lies in every log; a token for minutes is
// dead by then.
import { stopped, succeeded, type Attack } from '../attack.ts'
import { duration, howLong } from '../how-long.ts'
import { press } from '../scene.ts'

const HOUR = 3600

export const logLeak: Attack = {
  name: 'log-leak',
  group: 'copied secret',
  title: 'A log that keeps headers, read an hour later',
  what: 'Somewhere between the browser and the application headers are written down: a proxy, a crash report, a debugging session. The attacker reads that file an hour later and tries what is in it.',
  why: 'A credential that travels with every request is in every log of every request.',
  stops: 'A long-lived secret that travels to the auth paths alone, and a short life for what travels everywhere.',
  control: 'session',
  succeedsOn: [
    'session',
    'local-storage',
    'session-storage',
    'readable-cookie',
    'httponly-cookie',
    'variable',
    'hallpass-host',
    'hallpass-strict',
  ],
  async run(scene) {
    const page = await scene.signIn()
    for (let round = 0; round < 3; round++) await press(page, '#show', 'profile: 200')
    const { access, refreshCookie } = scene.target
    const lines = scene.log.filter(({ path }) => !path.startsWith('/api/auth/'))
    const valueOf = (name: string, cookie: string) =>
      cookie.split('; ').flatMap((pair) => (pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : []))
    const tokens = lines.flatMap(({ cookie, authorization }) =>
      access === 'bearer'
        ? [authorization.replace(/^Bearer /, '')].filter((token) => token !== '')
        : valueOf(access.cookie, cookie),
    )
    const refresh = lines.flatMap(({ cookie }) => (refreshCookie === undefined ? [] : valueOf(refreshCookie, cookie)))
    const said = `of ${lines.length} lines outside the auth paths, ${tokens.length} held the API’s credential and ${refresh.length} the refresh token`

    const [token, secret] = [tokens.at(-1), refresh.at(-1)]
    if (token !== undefined) await scene.thief.copy('token', token)
    if (secret !== undefined && refreshCookie !== undefined) {
      await scene.thief.copy('refresh', secret)
      await scene.thief.useCookie(refreshCookie, 'refresh')
    }
    const works = async () => {
      if (secret !== undefined) await scene.refreshOutside()
      return token !== undefined && (await scene.useOutside('token')).asVictim
    }
    scene.moveTo(HOUR)
    if (!(await works())) return stopped(`${said}; an hour later nothing of it was good for anything`)
    const seconds = await howLong(scene, works, HOUR)
    return succeeded(
      `${said}; an hour later the attacker was let in with it, for another ${duration(seconds)}`,
      seconds,
    )
  },
}
