// The page of the worker tests: the same globals as browser-page.ts, over a client whose token is in a worker.
import { AuthError } from '@hallpass/browser'
import { attach } from '@hallpass/browser/axios'
import { createAuthWorker } from '@hallpass/browser/worker'
import axios from 'axios'
import { findInPage } from './browser-scan.ts'
import type { PageUser } from './browser-page.ts'

globalThis.told = { events: [], signedOut: [], states: [] }
globalThis.http = axios
globalThis.findSecret = findInPage
globalThis.auth = createAuthWorker<PageUser>(() => new Worker('/auth-worker.js', { type: 'module' }), {
  onEvent: (event) => told.events.push(event),
  onSignedOut: (why) => told.signedOut.push(why),
})
globalThis.hallpass = { AuthError, attach } as typeof hallpass
auth.subscribe((state) => told.states.push(state))
globalThis.call = async (address, init) => {
  try {
    return (await auth.fetch(address, init)).status
  } catch (error) {
    return error instanceof AuthError ? `AuthError ${error.code}` : String(error)
  }
}
