// Every target, in the order of the table: the old way first, ours last. A new one is a file and a line here.
import { hallpassBound } from './hallpass-bound.ts'
import { hallpassHost } from './hallpass-host.ts'
import { hallpassStrict } from './hallpass-strict.ts'
import { hallpassDefault } from './hallpass.ts'
import { httponlyCookie } from './httponly-cookie.ts'
import { localStorage } from './local-storage.ts'
import { hallpassWorker, hallpassWorkerOpen } from './hallpass-worker.ts'
import { hallpassDbsc } from './not-yet.ts'
import { readableCookie } from './readable-cookie.ts'
import { sessionStorage } from './session-storage.ts'
import { sessionPostgres } from './session-postgres.ts'
import { sessionCookie } from './session.ts'
import type { Target } from './target.ts'
import { tutorial } from './tutorial.ts'
import { variable } from './variable.ts'

export const targets: readonly Target[] = [
  sessionCookie,
  localStorage,
  sessionStorage,
  readableCookie,
  httponlyCookie,
  variable,
  tutorial,
  hallpassDefault,
  hallpassStrict,
  hallpassWorker,
  hallpassBound,
  hallpassDbsc,
]

/** Not in the table: run by name, to compare. */
export const besides: readonly Target[] = [sessionPostgres, hallpassHost, hallpassWorkerOpen]
