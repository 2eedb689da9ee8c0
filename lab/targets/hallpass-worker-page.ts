// Hallpass with its token in a worker: the page's side, as the guide shows.
import { createAuthWorker } from '@hallpass/browser/worker'
import { run } from '../app/page.ts'
import { clientOf } from './hallpass-client.ts'

run(clientOf(createAuthWorker(() => new Worker('/auth-worker.js', { type: 'module' }))))
