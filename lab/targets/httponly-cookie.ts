// One JWT for a week in an httpOnly cookie, with the attributes that people set and no others.
import { cookieOf, startPlainToken } from './plain-token.ts'
import type { Target } from './target.ts'

export const httponlyCookie: Target = {
  name: 'httponly-cookie',
  title: 'JWT in an httpOnly cookie',
  about: 'One JWT for a week, in a cookie that script cannot read (HttpOnly, Secure; SameSite left to the browser).',
  paths: [
    'lab/targets/httponly-cookie.ts',
    'lab/targets/cookie-page.ts',
    'lab/targets/plain-token.ts',
    'lab/targets/own-users.ts',
    'lab/app',
  ],
  access: { cookie: 'token' },
  start: (place) =>
    startPlainToken(
      {
        page: './cookie-page.ts',
        read: cookieOf('token'),
        cookie: { name: 'token', options: { httpOnly: true, secure: place.origin.startsWith('https:') } },
      },
      place,
    ),
}
