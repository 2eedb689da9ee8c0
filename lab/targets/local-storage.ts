// One JWT for a week, kept with localStorage.setItem.
import { bearerOf, startPlainToken } from './plain-token.ts'
import type { Target } from './target.ts'

export const localStorage: Target = {
  name: 'local-storage',
  title: 'JWT in localStorage',
  about: 'One JWT for a week, kept with localStorage.setItem.',
  paths: [
    'lab/targets/local-storage.ts',
    'lab/targets/local-storage-page.ts',
    'lab/targets/plain-token.ts',
    'lab/targets/own-users.ts',
    'lab/app',
  ],
  access: 'bearer',
  start: (place) => startPlainToken({ page: './local-storage-page.ts', read: bearerOf }, place),
}
