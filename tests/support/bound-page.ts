// The page of the tests about bound sessions: the client with a key, as an application would hold it.
import { AuthError, createAuth, type AuthOptions } from '@hallpass/browser'
import { attach } from '@hallpass/browser/axios'
import { dpop, type DpopOptions } from '@hallpass/browser/dpop'
import axios from 'axios'
import type { PageUser } from './browser-page.ts'

declare global {
  /** Sends with a proof, without a token: what a sign-in page of one's own does. */
  var binding: ReturnType<typeof dpop>
}

const given = new URLSearchParams(location.search).get('options') ?? '{}'
const { key, ...options } = JSON.parse(given) as AuthOptions<PageUser> & { readonly key?: DpopOptions }
globalThis.told = { events: [], signedOut: [], states: [] }
globalThis.hallpass = { createAuth, AuthError, attach }
globalThis.http = axios
globalThis.binding = dpop(key)
globalThis.auth = createAuth<PageUser>({
  ...options,
  binding,
  onEvent: (event) => told.events.push(event),
  onSignedOut: (why) => told.signedOut.push(why),
})
globalThis.call = async (address, init) => {
  try {
    return (await auth.fetch(address, init)).status
  } catch (error) {
    return error instanceof AuthError ? `AuthError ${error.code}` : String(error)
  }
}
