// Who is who on the lab's network. `app.test` is the site under attack, `blog.app.test` a sibling host that belongs to somebody
// else (or was taken over), `evil.test` the attacker's own site.

export const APP = 'https://app.test'
export const SIBLING = 'https://blog.app.test'
export const EVIL = 'https://evil.test'

export const hosts = [APP, SIBLING, EVIL].map((origin) => new URL(origin).hostname)
