// What a target is: one way of keeping people signed in, as a whole small server with its page.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { RequestListener } from 'node:http'
import type { Ledger } from '../app/ledger.ts'

export type TargetName =
  | 'variable'
  | 'local-storage'
  | 'session-storage'
  | 'readable-cookie'
  | 'httponly-cookie'
  | 'session'
  | 'session-postgres'
  | 'tutorial'
  | 'hallpass'
  | 'hallpass-host'
  | 'hallpass-strict'
  | 'hallpass-worker'
  | 'hallpass-worker-open'
  | 'hallpass-bound'
  | 'hallpass-dbsc'

export interface Place {
  /** Where browsers find it. */
  readonly origin: string
  /** The server's clock, in ms: the lab moves it. */
  readonly now: () => number
  /** A directory of its own for whatever it writes. */
  readonly directory: string
}

export interface Target {
  readonly name: TargetName
  readonly title: string
  /** Where the token is, in one sentence for a beginner. */
  readonly about: string
  /** Paths whose last commit is the version of this target. */
  readonly paths: readonly string[]
  /** How the API knows a person: a bearer token in a header, or a cookie of that name. */
  readonly access: 'bearer' | { readonly cookie: string }
  /** What renews the access token, if anything does: the cookie's name. */
  readonly refreshCookie?: string
  /** The session is bound to a key, and so is the access token. */
  readonly bound?: boolean
  /** The path of the auth worker's file, where there is one. */
  readonly worker?: string
  /** Its pages refuse to be shown in a frame. */
  readonly unframed?: true
  /** The target it stands beside: what is expected of the one is expected of the other. */
  readonly like?: TargetName
  /** Why it cannot run yet. */
  readonly missing?: string
  start(place: Place): Promise<Running>
}

export interface Running {
  readonly listener: RequestListener
  readonly ledger: Ledger
  addPerson(email: string, password: string): Promise<void>
  setRole(email: string, role: string): void
  setVendor(code: string): void
  /** Forgets notes, altered dependencies and counters. */
  forget(): void
  close(): Promise<void>
}

const bundled = new Map<string, Promise<string>>()

/** The page's script, as a bundler would deliver it; `page` is a file beside the target. Made once in a run. */
export function bundle(page: string): Promise<string> {
  const made = bundled.get(page) ?? makeBundle(page)
  bundled.set(page, made)
  return made
}

async function makeBundle(page: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(page, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@hallpass/source'],
  })
  return outputFiles[0]?.text ?? ''
}
