// The axios door: an instance sends through `auth.fetch`, which has the token, the retry and the one refresh. Nothing of that is
// here, and the token never passes through axios, its configuration or its errors.
import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'
import type { Auth } from './auth.ts'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Send this request without the token and without the retry. */
    skipAuth?: boolean
  }
}

/**
 * Lets `instance` send through `auth`; returns the way to undo it. Any number of instances may share one `auth`.
 *
 * Requests go through axios' fetch adapter: progress of an upload needs HTTP/2 there.
 */
export function attach(instance: AxiosInstance, auth: Pick<Auth, 'fetch'>): () => void {
  const { defaults, interceptors } = instance
  const { adapter, env } = defaults
  const through = (fetch: typeof globalThis.fetch): { adapter: 'fetch'; env: object } => ({
    adapter: 'fetch',
    env: { ...env, fetch },
  })
  Object.assign(defaults, through(auth.fetch))
  const id = interceptors.request.use((config: InternalAxiosRequestConfig) =>
    config.skipAuth
      ? Object.assign(
          config,
          through((...request) => globalThis.fetch(...request)),
        )
      : config,
  )
  return () => {
    interceptors.request.eject(id)
    Object.assign(defaults, { adapter, env })
  }
}
