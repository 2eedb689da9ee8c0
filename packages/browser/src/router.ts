// The router door: who may see a page, decided before it is rendered. For loaders and guards of React Router, TanStack Router and
// whatever else awaits a promise and takes what it throws.
import { AuthError } from './answer.ts'
import type { Auth } from './auth.ts'

/**
 * The signed-in user, as soon as it is known; otherwise throws the way to the sign-in page.
 *
 * @param login the address of the sign-in page, which gets the wanted one as `?from=`; or what makes the thing to throw
 * @param wanted the address that was asked for: `request.url` in a loader of React Router, `location.href` in TanStack Router
 * @throws a redirecting Response, or what `login` makes; AuthError `unavailable` when it cannot be known who is signed in
 */
export async function requireUser<U>(
  auth: Auth<U>,
  login: string | ((wanted: URL) => unknown),
  wanted: string | URL = location.href,
): Promise<U> {
  await auth.ready
  const { status, user } = auth.state
  if (status === 'in') return user as U
  if (status === 'loading') throw new AuthError('unavailable')
  const url = new URL(wanted, location.href)
  if (typeof login === 'function') throw login(url)
  const headers = { location: `${login}?from=${encodeURIComponent(pathOf(url))}` }
  throw new Response(null, { status: 302, headers })
}

/**
 * Where to go after signing in: the path in `?from=`, or `otherwise`. Never another origin, whatever somebody put into a link.
 *
 * @param page the address of the sign-in page
 */
export function wantedPath(page: string | URL = location.href, otherwise = '/'): string {
  const from = new URL(page, location.href).searchParams.get('from') ?? otherwise
  // A link can hold anything, also what is no address at all.
  if (!URL.canParse(from, location.href)) return otherwise
  const url = new URL(from, location.href)
  return url.origin === location.origin ? pathOf(url) : otherwise
}

/** One slash at its beginning: two would name a host, and a path may begin so (`/.//evil.example`). */
function pathOf({ pathname, search, hash }: URL): string {
  return pathname.replace(/^\/+/, '/') + search + hash
}
