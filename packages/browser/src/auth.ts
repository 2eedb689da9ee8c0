// The object people hold, and the story of a session in this tab: restored, signed in, renewed, handed over, signed out. What is
// true is `pass` and `out`; the state that others see follows from them.
import { AuthError, errorOf, readAnswer, type Answer, type Session } from './answer.ts'
import { createAlarm, momentAt, now, since, within, type Moment } from './clock.ts'
import { createFetch, unlessAborted } from './fetch.ts'
import { createRefresh, isDead, isDoubtful, isDue, untilDue, type Cause, type Pass } from './refresh.ts'
import { createSignOut } from './sign-out.ts'
import { createTabs, type Message } from './tabs.ts'

export interface AuthOptions<U> {
  /** Where the auth endpoints are, against the page's address; `/api/auth/` when left out. */
  readonly base?: string | URL
  /** The exact origins whose requests may carry the token; the page's own (and that of `base`) when left out. */
  readonly origins?: readonly (string | URL)[]
  /** Shapes or checks the `user` of a session answer; what it throws is a failed sign-in. */
  readonly user?: (raw: unknown) => U
  /** Seconds before expiry from which a token is renewed; 30 when left out. */
  readonly margin?: number
  /** Milliseconds a caller waits for a refresh; 10,000 when left out. The refresh itself is never aborted. */
  readonly timeout?: number
  /** Whether tabs of this browser may hand the token to each other; true when left out. */
  readonly share?: boolean
  /** Names the lock and the channel; clients of one name and one origin work together. */
  readonly name?: string
  /** Called once for each session that ends, in every tab. */
  readonly onSignedOut?: (why: SignedOutReason, state: AuthState<U>) => void
  /** Hears what happened, for a log or a page that explains; never a secret. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** `logout`: here. `other-tab`: in another tab. `expired`: the server said so. `no-cookie`: the browser kept no cookie. */
export type SignedOutReason = 'logout' | 'other-tab' | 'expired' | 'no-cookie'

/** `handed-over`: another tab gave its token. `unavailable`: the auth server could not be reached, or was too busy. */
export type AuthEvent = 'signed-in' | 'refreshed' | 'handed-over' | 'signed-out' | 'unavailable'

export interface AuthState<U> {
  /** `loading` until it is known whether somebody is signed in. */
  readonly status: 'loading' | 'in' | 'out'
  readonly user: U | null
  /** The auth server cannot be reached for the moment; nobody was signed out. */
  readonly degraded: boolean
}

export interface Auth<U = unknown> {
  /** Immutable; the same object until something really changes (a renewed token changes nothing). */
  readonly state: AuthState<U>
  readonly user: U | null
  /** The state after the first attempt to restore the session; never rejects. */
  readonly ready: Promise<AuthState<U>>
  /**
   * As the global `fetch`, with the access token for allowed origins; bound, so it can be handed to ky, SWR or axios.
   *
   * @throws AuthError when no token can be had (`signed_out`, `unavailable`, `session_changed`), else what `fetch` throws
   */
  readonly fetch: typeof globalThis.fetch
  /**
   * Sends `body` to `base` + `path` (`login` when left out) and takes up the session it answers with.
   *
   * @throws AuthError `refused` with the server's problem, `challenge`, `unavailable` or `cookies_blocked`
   */
  login(body: unknown, init?: { readonly path?: string; readonly signal?: AbortSignal }): Promise<U>
  /** Takes up the session of any response that carries one: sign-up, passkey, OAuth callback, password change. */
  adopt(response: Response): Promise<U>
  /** Signs out: here at once, in the other tabs, and on the server, at the next start if it cannot be reached now. */
  logout(options?: { readonly everywhere?: boolean }): Promise<void>
  /** Asks the server for a new token, after a change of role for instance; never rejects. */
  refresh(): Promise<AuthState<U>>
  /** Calls `listener` after every change; returns the way to stop it. */
  subscribe(listener: (now: AuthState<U>, before: AuthState<U>) => void): () => void
  /** Lets go of every timer, listener, channel and lock; signs nobody out. */
  dispose(): void
}

/**
 * Creates the client, which at once begins to restore the session of this browser. One for a page is what one wants.
 *
 * @throws TypeError when `base` or one of `origins` is no address
 */
export function createAuth<U = unknown>(options: AuthOptions<U> = {}): Auth<U> {
  const { timeout = 10_000, share = true, user: shape = (raw: unknown) => raw as U } = options
  const margin = (options.margin ?? 30) * 1000
  const page = typeof document === 'undefined' ? undefined : document
  const base = new URL(options.base ?? '/api/auth/', page?.baseURI ?? 'http://localhost')
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  const name = `hallpass ${options.name ?? base.href}`
  const origins = options.origins ?? [page?.baseURI ?? base, base]

  let pass: Pass | undefined
  let out = false
  let degraded = false
  let failure: AuthError | undefined
  /** Rises with every sign-out: what was under way before it means nothing after it. */
  let epoch = 0
  /** The sessions this tab has seen end. Nothing revives them, however late it arrives. */
  const ended = new Set<string>()

  let state: AuthState<U> = { status: 'loading', user: null, degraded }
  let user: { readonly text: string | undefined; readonly value: U } | undefined
  let why: SignedOutReason = 'expired'
  const listeners = new Set<(now: AuthState<U>, before: AuthState<U>) => void>()
  const news: (() => void)[] = []

  const post = (path: string, body: unknown, sid?: string | null): Promise<Response> =>
    globalThis.fetch(new URL(path, base), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...(sid && { 'hallpass-session': sid }) },
      credentials: 'include',
      redirect: 'error',
      cache: 'no-store',
      // Without it the answer of a refresh, and with it the rotated cookie, is lost when the page goes away.
      keepalive: true,
    })

  // ---- what other tabs say

  const tabs = createTabs(name, (message) => {
    if (message.kind === 'ask') {
      if (pass && share && !isDue(pass, margin)) tabs.say(told('pass', pass))
      return
    }
    const { kind, sid } = message
    const same = pass?.sid === sid
    if (kind === 'out') {
      if (out || (pass && sid !== null && !same)) return
      if (sid !== null) ended.add(sid)
      leave(message.why === 'expired' ? 'expired' : 'other-tab')
    } else {
      const { token, user, life, at } = message
      const wanted = pass && same ? at > pass.born.wall : kind === 'in' || (!pass && !out)
      if (ended.has(sid) || !wanted) return
      const born = momentAt(at)
      if (token === undefined) {
        // They keep their token to themselves; the cookie is everybody's.
        if (pass && !same) forget()
        out = false
        void renew('due')
      } else if (life > since(born)) {
        take({ sid, token, user, life }, born, false)
        happened('handed-over')
      }
    }
    settle()
  })

  const told = (kind: 'in' | 'pass', { sid, user, token, life, born }: Pass): Message => ({
    kind,
    sid,
    user,
    life,
    at: born.wall,
    ...(share && { token }),
  })

  // ---- what becomes true

  const take = (session: Session, born: Moment, doubted: boolean): void => {
    const text = JSON.stringify(session.user)
    if (!user || user.text !== text) user = { text, value: shape(session.user) }
    if (pass?.sid !== session.sid) forget()
    pass = { ...session, born, doubted }
    out = degraded = false
    failure = undefined
    refresh.arrived()
  }

  const forget = (): void => {
    if (pass) ended.add(pass.sid)
    pass = undefined
  }

  const drop = (reason: SignedOutReason): void => {
    forget()
    why = reason
    out = true
    degraded = false
    epoch++
    refresh.arrived()
    happened('signed-out')
  }

  const leave = (reason: SignedOutReason): void => {
    drop(reason)
    settle()
  }

  const refresh = createRefresh({
    tabs,
    share,
    timeout,
    post: (sid) => post('refresh', {}, sid),
    current: () => pass,
    epoch: () => epoch,
    apply(answer: Answer, seen, sent, doubted) {
      if (answer.kind === 'session') {
        const { session } = answer
        // A session that ended meanwhile, or another one than the one that was taken up meanwhile.
        if (ended.has(session.sid) || (pass !== seen && pass?.sid !== session.sid)) return false
        take(session, sent, doubted)
        happened('refreshed')
        return true
      }
      const code = answer.kind === 'problem' ? answer.problem.code : ''
      if (code === 'no_session' || code === 'session_ended') {
        // The loser of a race: another tab's token arrived while the server was refusing ours.
        if (pass !== seen) return false
        if (seen) tabs.say({ kind: 'out', sid: seen.sid, why: 'expired' })
        drop(seen && code === 'no_session' ? 'no-cookie' : 'expired')
        return false
      }
      degraded = true
      failure = errorOf(answer)
      happened('unavailable')
      return false
    },
    publish: () => {
      void tabs.others().then((others) => {
        if (others && pass && share) tabs.say(told('pass', pass))
      })
    },
  })

  const renew = async (cause: Cause): Promise<void> => {
    if (out || stop.signal.aborted) return
    await refresh.run(pass, cause)
    settle()
  }

  // ---- what others see

  const happened = (event: AuthEvent): void => {
    news.push(() => options.onEvent?.(event))
  }

  /** Lets the state follow, and tells those who listen, in order, none of them able to break or to hold up anything. */
  const settle = (): void => {
    schedule()
    const before = state
    const status = pass ? 'in' : out ? 'out' : 'loading'
    const value = pass && user ? user.value : null
    if (before.status !== status || before.user !== value || before.degraded !== degraded) {
      const after: AuthState<U> = (state = { status, user: value, degraded })
      const reason = why
      for (const listener of listeners) news.push(() => listeners.has(listener) && listener(after, before))
      if (status === 'out' && before.status === 'in') news.push(() => options.onSignedOut?.(reason, after))
    }
    if (telling) return
    telling = true
    for (let tell = news.shift(); tell; tell = news.shift()) {
      try {
        tell()
      } catch (error) {
        reportError(error)
      }
    }
    telling = false
  }
  let telling = false

  // ---- when to look again

  const alarm = createAlarm(() => wake())
  const schedule = (): void => {
    alarm.clear()
    // A hidden tab asks for nothing; it looks when it is shown again.
    if (out || page?.visibilityState !== 'visible' || stop.signal.aborted) return
    alarm.set(Math.max(1000, refresh.pause.left(), pass ? untilDue(pass, margin) : 0))
  }

  const signOut = createSignOut(`${name} signed-out`, (body, sid) => post('logout', body, sid))
  const carryOut = (): Promise<unknown> =>
    within(
      tabs.exclusive(() => signOut.carryOut(), 2000),
      timeout,
    )

  const wake = (): void => {
    if (page?.visibilityState !== 'visible') return alarm.clear()
    if (signOut.pending()) void carryOut()
    else if (!pass || isDue(pass, margin)) void renew('due')
    schedule()
  }

  const stop = new AbortController()
  const start = async (): Promise<AuthState<U>> => {
    const on = { signal: stop.signal }
    // A page that is only prepared must not rotate anything; it may never be shown.
    if ((page as { prerendering?: boolean }).prerendering)
      await new Promise((shown) => page?.addEventListener('prerenderingchange', shown, { once: true, ...on }))
    tabs.here(true)
    page?.addEventListener('visibilitychange', wake, on)
    addEventListener('online', () => (refresh.pause.reset(), wake()), on)
    // The channel stays open: a sign-out said on it evicts this page from the back/forward cache.
    addEventListener('pagehide', () => (tabs.here(false), alarm.clear()), on)
    addEventListener(
      'pageshow',
      ({ persisted }) => {
        if (!persisted) return
        tabs.here(true)
        void renew('forced')
      },
      on,
    )
    // Where there is no channel, the note of a sign-out is what the other tabs can see.
    addEventListener(
      'storage',
      () => {
        const note = signOut.pending()
        if (pass && note && (note.sid === null || note.sid === pass.sid)) leave('other-tab')
      },
      on,
    )

    if (signOut.pending()) {
      out = true
      settle()
      await carryOut()
    } else {
      await renew('due')
    }
    return state
  }

  // ---- the requests

  const have = async (): Promise<Pass> => {
    const before = pass
    if (!pass || isDead(pass))
      await within(
        ready.then(() => (!pass || isDead(pass) ? renew('due') : undefined)),
        timeout,
      )
    else if (isDue(pass, margin)) void renew('due')
    if (out) throw new AuthError('signed_out', 'Nobody is signed in')
    if (!pass || isDead(pass)) throw failure ?? errorOf({ kind: 'passing', retryAfter: undefined })
    // What was asked in one person's name is not sent in another's.
    if (before && !alike(before, pass)) throw new AuthError('session_changed', 'Somebody else is signed in by now')
    return pass
  }

  const renewed = async (refused: Pass): Promise<Pass | undefined> => {
    if (pass === refused && !isDoubtful(pass)) await within(renew('doubted'), timeout)
    return pass && pass !== refused && alike(pass, refused) ? pass : undefined
  }

  const adopt = async (answer: Answer, began: number): Promise<U> => {
    if (answer.kind !== 'session') throw errorOf(answer)
    if (epoch !== began) throw new AuthError('signed_out', 'Signed out before the sign-in was done')
    take(answer.session, now(), false)
    if (pass) tabs.say(told('in', pass))
    signOut.forget()
    refresh.pause.reset()
    happened('signed-in')
    settle()
    return user?.value as U
  }

  const ready = page ? start() : Promise.resolve(state)

  return {
    get state() {
      return state
    },
    get user() {
      return state.user
    },
    ready,
    fetch: createFetch(new Set(origins.map((origin) => new URL(origin).origin)), { have, renewed }),

    async login(body, { path = 'login', signal } = {}) {
      if (!navigator.cookieEnabled)
        throw new AuthError('cookies_blocked', 'This browser keeps no cookies for this site; allow them to sign in')
      const began = epoch
      const signIn = async (): Promise<U> => {
        const answer = await tabs.exclusive(
          () => post(path, body).then(readAnswer, (): Answer => ({ kind: 'passing', retryAfter: undefined })),
          timeout / 2,
        )
        return adopt(answer, began)
      }
      return unlessAborted(signIn(), signal)
    },

    async adopt(response) {
      const began = epoch
      return adopt(await readAnswer(response), began)
    },

    async logout({ everywhere } = {}) {
      const sid = pass?.sid ?? null
      signOut.note({ sid, everywhere })
      tabs.say({ kind: 'out', sid, why: 'logout' })
      leave('logout')
      await carryOut()
    },

    async refresh() {
      await within(renew('forced'), timeout)
      return state
    },

    subscribe(listener) {
      // A wrapper for each call: the same function may be subscribed twice.
      const own = (now: AuthState<U>, before: AuthState<U>): void => listener(now, before)
      listeners.add(own)
      return () => void listeners.delete(own)
    },

    dispose() {
      stop.abort()
      alarm.clear()
      tabs.close()
    },
  }
}

/** Whether two tokens are one person's: the same session, or another one of the same account. */
function alike(one: Pass, other: Pass): boolean {
  const id = (pass: Pass): unknown => (Object(pass.user) as { id?: unknown }).id
  return one.sid === other.sid || (id(one) !== undefined && id(one) === id(other))
}
