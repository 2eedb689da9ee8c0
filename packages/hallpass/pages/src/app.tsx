// The frame around every page, and which page it is: the place a person asked for, and whether somebody is signed in.
import { useEffect } from 'react'
import { useAuth } from '@hallpass/browser/react'
import { AccountPage } from './account/account-page.tsx'
import { auth } from './auth.ts'
import { Heading } from './heading.tsx'
import { InsidePage } from './inside/inside-page.tsx'
import { go, Link, usePlace } from './place.tsx'
import { hasInside } from './settings.ts'
import { SignInPage } from './sign-in-page.tsx'
import { SignUpPage } from './sign-up-page.tsx'

/** Where somebody who is signed in belongs when they asked for nothing else. */
const HOME = hasInside ? '/inside' : '/account'

/** Pages for those who are signed in, and for those who are not. */
const INSIDE = new Set(['/', '/account', ...(hasInside ? ['/inside'] : [])])
const OUTSIDE = new Set(['/', '/sign-in', '/sign-up'])

export function App() {
  const place = usePlace()
  const { status, degraded } = useAuth(auth)
  const known = INSIDE.has(place) || OUTSIDE.has(place)
  const elsewhere =
    status === 'in' && OUTSIDE.has(place) ? HOME : status === 'out' && INSIDE.has(place) ? '/sign-in' : undefined

  useEffect(() => {
    if (elsewhere !== undefined) go(elsewhere, { replace: true })
  }, [elsewhere])

  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header place={place} signedIn={status === 'in'} settled={status !== 'loading'} />
      <p className="notice" role="status" hidden={!degraded}>
        The server cannot be reached for the moment. You are still signed in; this page tries again by itself.
      </p>
      <main id="main" tabIndex={-1}>
        {known ? <Page place={place} waiting={status === 'loading' || elsewhere !== undefined} /> : <NothingHere />}
      </main>
    </>
  )
}

function Page({ place, waiting }: { place: string; waiting: boolean }) {
  // Until it is known who is there, the page that will most likely come is drawn empty, in its full size: nothing jumps.
  switch (place) {
    case '/sign-in':
      return <SignInPage waiting={waiting} />
    case '/sign-up':
      return <SignUpPage waiting={waiting} />
    case '/account':
      return <AccountPage waiting={waiting} />
    case '/inside':
      return <InsidePage waiting={waiting} />
    default:
      return null
  }
}

function Header({ place, signedIn, settled }: { place: string; signedIn: boolean; settled: boolean }) {
  return (
    <header className="top">
      <Link to="/">
        <span className="wordmark">
          <Ticket /> Hallpass
        </span>
      </Link>
      {/* One navigation takes the place of the other: nothing slides about. */}
      <nav key={signedIn ? 'in' : 'out'} aria-label="Pages" className={settled ? undefined : 'unsettled'}>
        {signedIn || !settled ? (
          <>
            {hasInside && (
              <Link to="/inside" current={place === '/inside'}>
                Inside your pass
              </Link>
            )}
            <Link to="/account" current={place === '/account'}>
              Account
            </Link>
            <button type="button" className="as-link" onClick={() => void auth.logout()}>
              Sign out
            </button>
          </>
        ) : (
          <>
            <Link to="/sign-in" current={place === '/sign-in'}>
              Sign in
            </Link>
            <Link to="/sign-up" current={place === '/sign-up'}>
              Sign up
            </Link>
          </>
        )}
      </nav>
    </header>
  )
}

function NothingHere() {
  return (
    <section className="narrow">
      <Heading>There is nothing here</Heading>
      <p>
        The address may have been mistyped. <Link to="/">Go to the start</Link>.
      </p>
    </section>
  )
}

function Ticket() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M5 6h22a2 2 0 0 1 2 2v5a3 3 0 0 0 0 6v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-5a3 3 0 0 0 0-6V8a2 2 0 0 1 2-2zm9.4 14.6 8-8-1.9-1.9-6.1 6.1-3-3-1.9 1.9z"
      />
    </svg>
  )
}
