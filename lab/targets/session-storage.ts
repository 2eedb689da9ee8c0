// One JWT for a week, kept with sessionStorage.setItem: it lives as long as the tab.
import { bearerOf, startPlainToken } from './plain-token.ts'
import type { Target } from './target.ts'

export const sessionStorage: Target = {
  name: 'session-storage',
  title: 'JWT in sessionStorage',
  about: 'One JWT for a week, kept with sessionStorage.setItem: it lives as long as the tab.',
  paths: [
    'lab/targets/session-storage.ts',
    'lab/targets/session-storage-page.ts',
    'lab/targets/plain-token.ts',
    'lab/app',
  ],
  access: 'bearer',
  start: (place) => startPlainToken({ page: './session-storage-page.ts', read: bearerOf }, place),
}
