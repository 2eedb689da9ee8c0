// Hallpass with the `host` cookie and nothing else changed: beside the table, to measure the two cookie modes against each other.
import { startHallpass } from './hallpass-server.ts'
import type { Target } from './target.ts'

export const hallpassHost: Target = {
  name: 'hallpass-host',
  title: 'Hallpass, host cookie',
  about: 'Hallpass with the cookie that no sibling host can plant; it travels with every request.',
  paths: [
    'packages',
    'lab/targets/hallpass-host.ts',
    'lab/targets/hallpass-server.ts',
    'lab/targets/hallpass-page.ts',
    'lab/targets/hallpass-client.ts',
    'lab/app',
  ],
  access: 'bearer',
  refreshCookie: '__Host-Http-hallpass',
  start: (place) => startHallpass({ cookie: { mode: 'host' } }, {}, place),
}
