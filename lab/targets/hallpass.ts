// Hallpass as it comes: every option left at its default.
import { startHallpass } from './hallpass-server.ts'
import type { Target } from './target.ts'

export const hallpassDefault: Target = {
  name: 'hallpass',
  title: 'Hallpass as it comes',
  about:
    'An access token for 15 minutes in a variable, a refresh token that rotates in an httpOnly cookie; sessions can be ended.',
  paths: [
    'packages',
    'lab/targets/hallpass.ts',
    'lab/targets/hallpass-server.ts',
    'lab/targets/hallpass-page.ts',
    'lab/targets/hallpass-client.ts',
    'lab/app',
  ],
  access: 'bearer',
  refreshCookie: '__Http-hallpass',
  start: (place) => startHallpass({}, {}, place),
}
