// The object people hold, and the story of a session in this tab: restored, signed in, renewed, handed over, signed out. What is
// true is `pass` and `out`; the state that others see follows from them.
import { AuthError, readSession, type Session } from './answer.ts'
import { longer, since, unlessAborted, within } from './clock.ts'
import { createFetch, type Send } from './fetch.ts'
import { createRefresh } from './refresh.ts'
import { note, type Note } from './sign-out.ts'
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
  /** Binds the session to a key of this browser: `dpop()` of the door `@hallpass/browser/dpop`. */
  readonly binding?: Send
  /** Called once for each session that ends, in every tab. */
  readonly onSignedOut?: (why: SignedOutReason, state: AuthState<U>) => void
  /** Hears what happened, for a log or a page that explains; never a secret. */
  readonly onEvent?: (event: AuthEvent) => void
}

/**
 * `logout`: here. `other_tab`: in another tab. `session_ended`: the server said so. `no_session`: the browser kept no cookie.
 * `proof_required`: it kept the cookie, and not the key that the session is bound to.
 */
export type SignedOutReason = 'logout' | 'other_tab' | 'session_ended' | 'no_session' | 'proof_required'

/** `handed_over`: another tab gave its token. `unavailable`: the auth server could not be reached, or was too busy. */
export type AuthEvent = 'signed_in' | 'refreshed' | 'handed_over' | 'signed_out' | 'unavailable'

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

/** The globals that a client lives on: those of a page, or what a worker borrows of its page's. */
export interface Scope {
  /** None on a server: nothing is done there. */
  readonly document?: {
    readonly baseURI?: string
    readonly hidden: boolean
    readonly prerendering?: boolean | undefined
  }
  readonly navigator: { readonly cookieEnabled: boolean }
  readonly localStorage: Record<string, unknown>
}

/**
 * Creates the client, which at once begins to restore the session of this browser. One for a page is what one wants; where
 * there is no page, on a server, it does nothing and stays `loading`.
 *
 * @param scope the globals it lives on; the page's own when left out
 * @throws TypeError when `base` or one of `origins` is no address
 */
export function createAuth<U = unknown>(options: AuthOptions<U> = {}, scope: Scope = globalThis): Auth<U> {
  const {
    margin = 30,
    timeout = 10_000,
    share = true,
    user: shape = (raw: unknown) => raw as U,
    binding: send = (request: Request, pass?: Session) => {
      if (pass) request.headers.set('authorization', `Bearer ${pass.token}`)
      return fetch(request)
    },
  } = options
  const stop = new AbortController()
  const page = scope.document
  if (!page) stop.abort()
  const here = page?.baseURI ?? 'http://x'
  const base = new URL(options.base ?? '/api/auth/', here)
  const origins = (options.origins ?? [here, base]).map((origin) => new URL(origin).origin)
  const name = `hallpass ${options.name ?? base.href}`

  let pass: Session | undefined
  let out = false
  /** What the last refresh met with, when, and for how many ms the server is left alone since. */
  let failure: AuthError | undefined
  let failed = 0
  let pause = 0
  /** The sessions this tab has held, or has heard to be over: once let go, nothing revives them, however late it arrives. */
  const ended = new Set<string | undefined>()
  /** Rises with every sign-out that somebody asked for. */
  let epoch = 0
  /** When an API last made us fetch another token. */
  let doubted = 0

  let state: AuthState<U> = { status: 'loading', user: null, degraded: false }
  let user: U
  let timer: ReturnType<typeof setTimeout> | undefined
  const listeners = new Set<(now: AuthState<U>, before: AuthState<U>) => void>()

  const post = (path: string, sid = '', body: unknown = {}): Promise<Session> => {
    const sent = Date.now()
    return send(
      new Request(new URL(path, base), {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...(sid && { 'hallpass-session': sid }) },
        credentials: 'include',
        redirect: 'error',
        // Without it the answer, and with it the rotated cookie, is lost when the page goes away.
        keepalive: true,
      }),
    ).then(
      (response) => readSession(response, sent),
      () => {
        throw new AuthError('unavailable')
      },
    )
  }

  // ---- what becomes true

  const forget = (forGood: boolean): void => {
    if (pass) ended.add(pass.sid)
    pass = failure = undefined
    out = forGood
  }

  const take = (event: AuthEvent, session: Session): void => {
    // The same object for the same person: a renewed token changes nothing.
    if (pass?.who !== session.who) user = shape(session.user)
    forget(false)
    pass = session
    pause = 0
    settle(event)
  }

  const idle = (): boolean => stop.signal.aborted || out

  /** `rise` is 0 where nobody was found signed in: that is no sign-out, and a sign-in that is under way goes on. */
  const leave = (reason: SignedOutReason, rise = 1): void => {
    forget(true)
    epoch += rise
    settle('signed_out', reason)
  }

  /** Lets the state follow. The caller's code runs after ours: it can neither break nor hold up anything. */
  const settle = (event?: AuthEvent, why?: SignedOutReason): void => {
    clearTimeout(timer)
    // A hidden tab asks for nothing; it looks when it is shown again.
    if (!idle() && !page?.hidden) {
      // Each time a little different: tabs and people must not come all at once.
      const due = untilDue() * (1 - Math.random() / 8)
      // A wait past 2^31 ms would be none at all. Clocks are coarse (a tenth of a second in some browsers), and who wakes a moment
      // before the pause is over has waited for nothing, and waits again.
      timer = setTimeout(wake, Math.min(2_000_000_000, Math.max(pause + 99, due, 1000)))
    }

    if (event) {
      refresh.arrived()
      queueMicrotask(() => options.onEvent?.(event))
    }
    const before = state
    const now: AuthState<U> = {
      status: pass ? 'in' : out ? 'out' : 'loading',
      user: pass ? user : null,
      degraded: !!failure,
    }
    if (before.user === now.user && before.status === now.status && before.degraded === now.degraded) return
    state = now
    for (const listener of listeners) queueMicrotask(() => listener(now, before))
    if (why && before.status === 'in') queueMicrotask(() => options.onSignedOut?.(why, now))
  }

  // ---- the other tabs

  const tell = (kind: Message[0], handed?: Session): void => tabs.say([kind, pass?.sid ?? '', share && handed])

  const tabs = createTabs(name, stop, ({ 0: kind, 1: sid, 2: given }) => {
    const handed = share && given
    const same = pass?.sid === sid && pass
    if (kind === 'ask') {
      if (untilDue() > 0) tell('pass', pass)
    } else if (kind === 'other_tab' || kind === 'session_ended') {
      ended.add(sid)
      if (!out && (same || sid === '' || (sid && !pass))) leave(kind)
    } else if (sid && (same ? handed && handed.born > same.born : !ended.has(sid) && (kind === 'in' || !held()))) {
      if (!handed) {
        // They keep their token to themselves; the cookie is everybody's.
        forget(false)
        void renew()
      } else if (handed.life > since(handed.born)) take('handed_over', handed)
    }
  })

  // ---- the refresh

  const held = (): Session | boolean | undefined => out || pass
  /** Milliseconds until the token is to be renewed: a while before its end. */
  const untilDue = (): number => (pass ? pass.life - Math.min(margin * 1000, pass.life / 4) - since(pass.born) : 0)
  const isDead = (): boolean => !pass || since(pass.born) >= pass.life

  const refresh = createRefresh(
    tabs,
    held,
    (seen) =>
      post('refresh', Object(seen).sid).catch((error: AuthError) => {
        // Somebody else is signed in here by now: start over as a fresh page would, naming nobody.
        if (error.problem?.code === 'session_changed') return post('refresh')
        throw error
      }),
    (session, others) => {
      take('refreshed', session)
      if (others) tell('pass', pass)
    },
    (error) => {
      const code = error.problem?.code
      if (code === 'no_session' || code === 'session_ended' || code === 'proof_required') {
        if (pass) tell('session_ended')
        leave(code, 0)
      } else {
        failure = error
        failed = Date.now()
        pause = longer(pause, error.retryAfter)
        settle('unavailable')
      }
    },
    timeout,
  )

  /** Renews a token that is due, or another one if there is a `reason`; `asked`: by the server's word alone. */
  const renew = async (reason = false, asked = false): Promise<void> => {
    if (idle() || (!reason && untilDue() > 0) || since(failed) < pause) return
    await within(refresh.run(asked), timeout)
  }

  // ---- the life of the page

  const carryOut = (owed: Note): Promise<unknown> =>
    within(
      tabs
        .exclusive(() => post('logout', owed.sid, owed))
        .catch(({ code }: AuthError) => {
          // A portal's page, a busy or broken server has signed nobody out.
          if (code !== 'unavailable') note(scope, name, null)
        }),
      timeout,
    )

  /** Looks what there is to do: at the start, when the page is shown again, and when it is time. */
  const wake = async (event?: Event & { readonly persisted?: boolean }): Promise<void> => {
    const owed = note(scope, name)
    // A sign-out comes before any refresh, also one that another tab has noted.
    if (owed && !out && (!pass || pass.sid === owed.sid)) leave('other_tab')
    // Somebody has come back, or the network has: worth another try at once.
    if (event) pause = 0
    // Much may have happened while the page lay in the back/forward cache.
    if (!event || !page?.hidden) await (owed ? carryOut(owed) : renew(event?.persisted))
    settle()
  }

  const start = async (): Promise<AuthState<U>> => {
    if (stop.signal.aborted) return state
    // A page that is only prepared must not rotate anything; it may never be shown. When it is, it becomes visible.
    if (page?.prerendering) await new Promise((shown) => addEventListener('visibilitychange', shown, stop))
    await wake()
    // oxlint-disable-next-line typescript/no-misused-promises -- it never rejects, and each wrapper has its bytes
    for (const type of ['visibilitychange', 'online', 'pageshow']) addEventListener(type, wake, stop)
    return state
  }

  // ---- the requests

  const have = async (): Promise<Session> => {
    const before = pass
    const renewal = ready.then(() => renew())
    if (isDead()) await renewal
    if (out) throw new AuthError('signed_out')
    if (!pass || isDead()) throw failure ?? new AuthError('unavailable')
    // What was asked in one person's name is not sent in another's.
    if (before && before.who !== pass.who) throw new AuthError('session_changed')
    return pass
  }

  const renewed = async (refused: Session): Promise<Session | undefined> => {
    // A new token that is refused as well, seconds later, is not the trouble: that API says no to everybody.
    if (pass === refused && since(doubted) > 3000) {
      await renew(true)
      if (pass !== refused) doubted = Date.now()
    }
    return pass !== refused && pass?.who === refused.who ? pass : undefined
  }

  const signIn = async (asked: Promise<Session>): Promise<U> => {
    const began = epoch
    const session = await asked
    if (epoch !== began) throw new AuthError('signed_out')
    note(scope, name, null)
    take('signed_in', session)
    tell('in', pass)
    return user
  }

  const ready = start()

  return {
    get state() {
      return state
    },
    get user() {
      return state.user
    },
    ready,
    fetch: createFetch(origins, have, renewed, send),

    async login(body, { path = 'login', signal = stop.signal } = {}) {
      if (!scope.navigator.cookieEnabled) throw new AuthError('cookies_blocked')
      return unlessAborted(signIn(tabs.exclusive(() => post(path, '', body))), signal)
    },

    adopt: (response) => signIn(readSession(response, Date.now())),

    async logout({ everywhere } = {}) {
      const owed = { sid: pass?.sid ?? '', everywhere }
      note(scope, name, owed)
      tell('other_tab')
      leave('logout')
      await carryOut(owed)
    },

    async refresh() {
      await renew(true, true)
      return state
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    dispose() {
      stop.abort()
      tabs.close()
      clearTimeout(timer)
    },
  }
}
