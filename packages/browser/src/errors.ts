// The errors door: for each error the sentence that names the way out, for whoever reads a log or a page. Apart from the core, which
// carries codes: a page that has sentences of its own pays nothing for these.
import { AuthError, type AuthErrorCode } from './answer.ts'

/** What happened, and what to do about it. docs/errors.md holds the same, with more room. */
export const sentences: Readonly<Record<AuthErrorCode, string>> = {
  signed_out: 'Nobody is signed in: sign in, then ask again.',
  session_changed: 'Somebody else has signed in here meanwhile: look at who it is before you ask again in their name.',
  unavailable: 'The auth server cannot be reached or is too busy, and nobody was signed out: try again later.',
  refused: 'The server said no, and will again as long as the same is sent: its reason is in `problem`.',
  challenge: 'One more step is asked for: take it, and send the outcome to where `challenge` says.',
  cookies_blocked: 'This browser keeps no cookies for this site: allow them in its settings, then sign in again.',
}

/**
 * The sentence for what `auth.fetch`, `auth.login` and the others throw; with the server's own words where it has some. Undefined for
 * what is no AuthError.
 */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof AuthError)) return undefined
  const { code, problem, retryAfter } = error
  const said = problem?.title === undefined ? '' : `${problem.title}. `
  const wait = retryAfter ? ` It asks for a pause of ${retryAfter} seconds.` : ''
  return said + sentences[code] + wait
}
