// One JWT for a week, in a JavaScript variable. Nothing renews it.
import { bearerOf, startPlainToken } from './plain-token.ts'
import type { Target } from './target.ts'

export const variable: Target = {
  name: 'variable',
  title: 'A variable, and nothing else',
  about: 'One JWT for a week, in a JavaScript variable. Nothing renews it.',
  paths: [
    'lab/targets/variable.ts',
    'lab/targets/variable-page.ts',
    'lab/targets/plain-token.ts',
    'lab/targets/own-users.ts',
    'lab/app',
  ],
  access: 'bearer',
  start: (place) => startPlainToken({ page: './variable-page.ts', read: bearerOf }, place),
}
