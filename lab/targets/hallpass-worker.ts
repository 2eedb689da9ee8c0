// Hallpass with its token in a worker. The page may not call the API at all, the auth paths included; the worker may. The page's policy
// says nothing about scripts, on purpose: injected ones run, and what the worker is worth against them is what is measured.
import { startHallpass } from './hallpass-server.ts'
import { bundle, type Target } from './target.ts'

/** The guest book is the page's own; everything else goes through the worker. */
const pagePolicy = (origin: string) =>
  `connect-src ${origin}/api/notes; worker-src 'self'; frame-ancestors 'none'; report-uri /policy-report`

const FILE_POLICY = {
  'content-security-policy': "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
}

/** A file that is opened in a window is a document, under the policy of the file, and a script of the page can reach into it. */
const NEVER_A_PAGE = { ...FILE_POLICY, 'content-disposition': 'attachment' }

const inAWorker = (headers: Readonly<Record<string, string>>): Omit<Target, 'name' | 'title' | 'about'> => ({
  paths: [
    'packages',
    'lab/targets/hallpass-worker.ts',
    'lab/targets/hallpass-worker-page.ts',
    'lab/targets/hallpass-worker-file.ts',
    'lab/targets/hallpass-server.ts',
    'lab/targets/hallpass-client.ts',
    'lab/app',
  ],
  access: 'bearer',
  refreshCookie: '__Http-hallpass',
  worker: '/auth-worker.js',
  unframed: true,
  start: async (place) =>
    startHallpass(
      {},
      {
        page: './hallpass-worker-page.ts',
        headers: { 'content-security-policy': pagePolicy(place.origin) },
        files: { '/auth-worker.js': { script: await bundle('./hallpass-worker-file.ts'), headers } },
      },
      place,
    ),
})

export const hallpassWorker: Target = {
  name: 'hallpass-worker',
  title: 'Hallpass in a worker',
  about:
    'The access token lives in a worker, and only the worker may call the auth paths (split CSP). Injected scripts run, as in most pages.',
  ...inAWorker(NEVER_A_PAGE),
}

/** Beside the table: what the last of those headers is worth. */
export const hallpassWorkerOpen: Target = {
  name: 'hallpass-worker-open',
  like: 'hallpass-worker',
  title: 'Hallpass in a worker whose file can be opened',
  about: 'The same, with a worker’s file that a window may show as a page.',
  ...inAWorker(FILE_POLICY),
}
