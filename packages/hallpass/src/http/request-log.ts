// One line for each request that was answered: method, path, status, milliseconds. No query, no header, no body; and of the
// path only what looks like a name of ours, for people and programs put tokens where they do not belong.
import type { Log } from '../log.ts'

/** A word in lower case, a built file, or the public id of a session. */
const NAME = /^(?:[a-z][a-z-]{0,23}(?:\.(?:json|svg|txt))?|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/

export function pathForLog(pathname: string): string {
  if (pathname.startsWith('/assets/')) return '/assets/…'
  return pathname
    .split('/')
    .slice(0, 8)
    .map((segment) => (segment === '' || segment === '.well-known' || NAME.test(segment) ? segment : '…'))
    .join('/')
}

export function logRequest(log: Log, request: Request, status: number, milliseconds: number): void {
  const path = pathForLog(new URL(request.url).pathname)
  const level = status >= 500 ? 'error' : path.startsWith('/assets/') || path === '/healthz' ? 'debug' : 'info'
  log[level](
    { method: request.method, path, status, ms: Math.round(milliseconds) },
    level === 'error' ? 'request failed' : 'request',
  )
}
