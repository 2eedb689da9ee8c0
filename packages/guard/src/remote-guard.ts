// The guard of a service: keys and sign-outs fetched from the issuer, everything else decided here.
import type { Algorithm } from '@hallpass/token'
import type { Guard } from './guard.ts'

export interface RemoteGuardOptions {
  /** The public origin of the deployment, like `https://example.com`; plain http only on loopback. */
  readonly issuer: string
  /** What this service is called in `aud`; several names when it answers to several. */
  readonly audience: string | readonly string[]
  /** Where the issuer's endpoints are; `/api/auth` when not given. */
  readonly basePath?: string
  /** Every asymmetric algorithm a Hallpass server may sign with, when not given. */
  readonly algorithms?: readonly Algorithm[]
  /** Seconds. */
  readonly clockTolerance?: number
  /** How old the list of sign-outs may be, like `'30s'`, before `onStale` is asked. */
  readonly maxStaleness?: string
  /** `accept`: go on with what is known, and say so in `health()`. `reject`: 503 until the issuer is back. */
  readonly onStale?: 'accept' | 'reject'
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Creates the guard of a service: fetches the issuer's public keys and, every second, the list of sessions that have ended.
 *
 * @throws TypeError when an option is missing, unknown or makes no sense
 */
export function guard(options: RemoteGuardOptions): Guard {
  throw new TypeError(`a remote guard for ${options.issuer} is not built yet`)
}
