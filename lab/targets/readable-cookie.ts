// One JWT for a week in a cookie that the page writes and can read.
import { cookieOf, startPlainToken } from './plain-token.ts'
import type { Target } from './target.ts'

export const readableCookie: Target = {
  name: 'readable-cookie',
  title: 'JWT in a cookie that script can read',
  about: 'One JWT for a week, written with document.cookie (Secure; SameSite left to the browser).',
  paths: [
    'lab/targets/readable-cookie.ts',
    'lab/targets/readable-cookie-page.ts',
    'lab/targets/plain-token.ts',
    'lab/app',
  ],
  access: { cookie: 'token' },
  start: (place) => startPlainToken({ page: './readable-cookie-page.ts', read: cookieOf('token') }, place),
}
