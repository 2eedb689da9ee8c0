// Hallpass with every session bound to a key that the browser made and does not export (RFC 9449): the client's `binding`, and the server's
// option that lets no other session be.
import { startHallpass } from './hallpass-server.ts'
import type { Target } from './target.ts'

export const hallpassBound: Target = {
  name: 'hallpass-bound',
  title: 'Hallpass bound to a key',
  about:
    'Cookie and token are of use only with a proof of a key that the browser made and cannot export (DPoP with nonces).',
  paths: [
    'packages',
    'lab/targets/hallpass-bound.ts',
    'lab/targets/hallpass-bound-page.ts',
    'lab/targets/hallpass-server.ts',
    'lab/targets/hallpass-client.ts',
    'lab/app',
  ],
  access: 'bearer',
  refreshCookie: '__Http-hallpass',
  bound: true,
  start: (place) => startHallpass({ session: { bound: 'required' } }, { page: './hallpass-bound-page.ts' }, place),
}
