// The page of the browser tests: the client as an application would hold it, and a record of what it told.
import { createAuth, AuthError, type Auth, type AuthOptions, type AuthState } from '@hallpass/browser'
import { attach } from '@hallpass/browser/axios'
import axios from 'axios'
import { findInPage } from './browser-scan.ts'

export interface PageUser {
  readonly id: string
  readonly email?: string
}

declare global {
  var auth: Auth<PageUser>
  /** What the client told this page, oldest first. */
  var told: { events: string[]; signedOut: string[]; states: AuthState<PageUser>[] }
  var hallpass: { createAuth: typeof createAuth; AuthError: typeof AuthError; attach: typeof attach }
  var http: typeof axios
  var findSecret: typeof findInPage
  /** What `auth.fetch` came to: a status, or the name and code of what it threw. */
  var call: (address: string, init?: RequestInit) => Promise<string | number>
}

const options = JSON.parse(new URLSearchParams(location.search).get('options') ?? '{}') as AuthOptions<PageUser>
globalThis.told = { events: [], signedOut: [], states: [] }
globalThis.hallpass = { createAuth, AuthError, attach }
globalThis.http = axios
globalThis.findSecret = findInPage
globalThis.auth = createAuth<PageUser>({
  ...options,
  onEvent: (event) => told.events.push(event),
  onSignedOut: (why) => told.signedOut.push(why),
})
auth.subscribe((state) => told.states.push(state))
globalThis.call = async (address, init) => {
  try {
    return (await auth.fetch(address, init)).status
  } catch (error) {
    return error instanceof AuthError ? `AuthError ${error.code}` : String(error)
  }
}
