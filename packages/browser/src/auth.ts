// The object people hold, and the story of a session in this tab: restored, signed in, renewed, handed over, signed out. What is
// true is `pass` and `out`; the state that others see follows from them.
import { AuthError, readAnswer, type Session } from './answer.ts'
import { createAlarm, longer, since, within } from './clock.ts'
import { createFetch, unlessAborted } from './fetch.ts'
import { createRefresh } from './refresh.ts'
import { readNote, writeNote, type Note } from './sign-out.ts'
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

/** A session answer in use. */
interface Pass extends Session {
  /** When it was asked for, as `Date.now()`: its life counts from there. */
  readonly born: number
  /** The age, in ms, from which it is renewed. */
  readonly due: number
}

/** A token that was fetched because an API refused the one before: refused again this soon (ms), it is not the trouble. */
const DOUBT = 5000

/**
 * Creates the client, which at once begins to restore the session of this browser. One for a page is what one wants; where
 * there is no page, on a server, it does nothing and stays `loading`.
 *
 * @throws TypeError when `base` or one of `origins` is no address
 */
export function createAuth<U = unknown>(options: AuthOptions<U> = {}): Auth<U> {
  const { margin = 30, timeout = 10_000, share = true, user: shape = (raw: unknown) => raw as U } = options
  const stop = new AbortController()
  if (typeof document === 'undefined') stop.abort()
  const page = globalThis.location?.href ?? 'http://localhost'
  const base = new URL(options.base ?? '/api/auth/', page)
  const origins = (options.origins ?? [page, base]).map((origin) => new URL(origin).origin)
  const name = `hallpass ${options.name ?? base.href}`

  let pass: Pass | undefined
  let out = false
  /** What the last refresh met with, when, and for how many ms the server is left alone since. */
  let failure: AuthError | undefined
  let failed = 0
  let pause = 0
  /** The sessions this tab has seen end. Nothing revives them, however late it arrives. */
  const ended = new Set<string>()
  /** Rises with every sign-out. */
  let epoch = 0
  /** The token that an API made us fetch. */
  let doubted: Pass | undefined

  let state: AuthState<U> = { status: 'loading', user: null, degraded: false }
  let user: U
  let raw: string | undefined
  let why: SignedOutReason
  const listeners = new Set<(now: AuthState<U>, before: AuthState<U>) => void>()

  const post = async (path: string, body: unknown, sid = ''): Promise<Session | AuthError> => {
    try {
      return await readAnswer(
        await globalThis.fetch(new URL(path, base), {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json', ...(sid && { 'hallpass-session': sid }) },
          credentials: 'include',
          redirect: 'error',
          // Without it the answer, and with it the rotated cookie, is lost when the page goes away.
          keepalive: true,
        }),
      )
    } catch {
      return new AuthError('unavailable')
    }
  }

  // ---- what becomes true

  const take = (event: AuthEvent, session: Session, born: number): void => {
    const { sid, life } = session
    const text = JSON.stringify(session.user)
    if (raw !== text) user = shape(session.user)
    raw = text
    if (pass?.sid !== sid) forget()
    pass = { ...session, born, due: life - Math.min(margin * 1000, life / 4) }
    out = false
    failure = undefined
    pause = 0
    refresh.arrived()
    settle(event)
  }

  const forget = (): void => {
    if (pass) ended.add(pass.sid)
    pass = undefined
  }

  const leave = (reason: SignedOutReason): void => {
    forget()
    why = reason
    out = true
    failure = undefined
    epoch++
    refresh.arrived()
    settle('signed-out')
  }

  /** Lets the state follow. The caller's code runs after ours: it can neither break nor hold up anything. */
  const settle = (event?: AuthEvent): void => {
    // A hidden tab asks for nothing; it looks when it is shown again.
    const asleep = stop.signal.aborted || out || document.hidden
    // Each time a little different: tabs and people must not come all at once.
    const due = pass ? pass.due - since(pass.born) - (Math.random() * pass.life) / 20 : 0
    alarm(asleep ? -1 : Math.max(1000, pause, due))

    const before = state
    const now: AuthState<U> = {
      status: pass ? 'in' : out ? 'out' : 'loading',
      user: pass ? user : null,
      degraded: !!failure,
    }
    if (event) queueMicrotask(() => options.onEvent?.(event))
    if (before.user === now.user && before.status === now.status && before.degraded === now.degraded) return
    state = now
    for (const listener of listeners) queueMicrotask(() => listener(now, before))
    if (out && before.status === 'in') queueMicrotask(() => options.onSignedOut?.(why, now))
  }

  // ---- the other tabs

  const tell = (kind: Message<Pass>['kind'], handing = false): void =>
    tabs.say({ kind, sid: pass?.sid ?? '', ...(handing && share && { pass }) })

  const tabs = createTabs<Pass>(name, stop.signal, ({ kind, sid, pass: handed }) => {
    const same = pass?.sid === sid
    if (kind === 'ask') {
      if (share && pass && since(pass.born) < pass.due) tell('pass', true)
    } else if (kind === 'out' || kind === 'end') {
      if (out || (pass && sid && !same)) return
      ended.add(sid)
      leave(kind === 'out' ? 'other-tab' : 'expired')
    } else if (ended.has(sid)) {
      return
    } else if (!handed) {
      // They keep their token to themselves; the cookie is everybody's.
      if (kind !== 'in') return
      forget()
      out = false
      void renew()
    } else if (
      handed.life > since(handed.born) &&
      (pass && same ? handed.born > pass.born : kind === 'in' || !(pass || out))
    )
      take('handed-over', handed, handed.born)
  })

  // ---- the refresh

  const refresh = createRefresh<Pass | undefined | true>(
    tabs,
    () => out || pass,
    async (seen) => {
      const answer = await post('refresh', {}, seen && seen !== true ? seen.sid : '')
      // Somebody else is signed in here by now: start over as a fresh page would, naming nobody.
      return codeOf(answer) === 'session_changed' ? post('refresh', {}) : answer
    },
    (answer, seen, sent, others) => {
      if (answer instanceof AuthError) {
        // The loser of a race: another token arrived while the server was refusing this one.
        if (out || pass !== seen) return
        const code = codeOf(answer)
        if (code === 'no_session' || code === 'session_ended') {
          if (pass) tell('end')
          leave(pass && code === 'no_session' ? 'no-cookie' : 'expired')
        } else {
          failure = answer
          failed = Date.now()
          pause = longer(pause, answer.retryAfter)
          settle('unavailable')
        }
      } else if (!out && !ended.has(answer.sid) && (pass === seen || pass?.sid === answer.sid)) {
        take('refreshed', answer, sent)
        if (others) tell('pass', share)
      }
    },
    timeout,
  )

  /** Renews when it is time, or when there is a `reason`; `asked`: by the server's word alone. */
  const renew = async (reason?: boolean, asked = false): Promise<void> => {
    const idle = stop.signal.aborted || out || (!reason && pass && since(pass.born) < pass.due)
    if (!idle && since(failed) >= pause) await refresh.run(asked)
  }

  // ---- the life of the page

  const carryOut = async ({ sid, everywhere }: Note): Promise<void> => {
    const told = await within(
      tabs.exclusive(() => post('logout', { everywhere }, sid), 2000),
      timeout,
    )
    // A portal's page, a busy or broken server has signed nobody out.
    if (told instanceof AuthError && told.code !== 'unavailable') writeNote(name, null)
  }

  const wake = (event?: Event): void => {
    const { type, persisted } = (event ?? {}) as Partial<PageTransitionEvent>
    // Not the first showing, which is the start.
    if (type === 'pageshow' && !persisted) return
    const owed = readNote(name)
    // Where there is no channel, the note of a sign-out is what the other tabs can see.
    if (owed && pass?.sid === owed.sid) leave('other-tab')
    if (type === 'online') pause = 0
    if (type !== 'storage' && !document.hidden) void (owed ? carryOut(owed) : renew(persisted, persisted))
    settle()
  }
  const alarm = createAlarm(wake)

  const start = async (): Promise<AuthState<U>> => {
    if (stop.signal.aborted) return state
    // A page that is only prepared must not rotate anything; it may never be shown.
    if ('prerendering' in document && document.prerendering)
      await new Promise((shown) => document.addEventListener('prerenderingchange', shown, stop))
    for (const type of ['visibilitychange', 'online', 'pageshow', 'storage']) addEventListener(type, wake, stop)
    const owed = readNote(name)
    if (owed) {
      out = true
      settle()
      await carryOut(owed)
    } else await renew()
    return state
  }

  // ---- the requests

  const isAlive = (): boolean => !!pass && since(pass.born) < pass.life

  const have = async (): Promise<Pass> => {
    const before = pass
    const renewal = ready.then(() => renew())
    if (!isAlive()) await within(renewal, timeout)
    if (out) throw new AuthError('signed_out')
    if (!pass || !isAlive()) throw failure ?? new AuthError('unavailable')
    // What was asked in one person's name is not sent in another's.
    if (before && !alike(before, pass)) throw new AuthError('session_changed')
    return pass
  }

  const renewed = async (refused: Pass): Promise<Pass | undefined> => {
    if (pass === refused && (pass !== doubted || since(pass.born) > DOUBT)) {
      await within(renew(true), timeout)
      if (pass !== refused) doubted = pass
    }
    return pass && pass !== refused && alike(pass, refused) ? pass : undefined
  }

  const signIn = async (asked: Promise<Session | AuthError>): Promise<U> => {
    const began = epoch
    const answer = await asked
    if (answer instanceof AuthError) throw answer
    if (epoch !== began) throw new AuthError('signed_out')
    writeNote(name, null)
    take('signed-in', answer, Date.now())
    tell('in', true)
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
    fetch: createFetch(new Set(origins), have, renewed),

    async login(body, { path = 'login', signal = stop.signal } = {}) {
      if (!navigator.cookieEnabled) throw new AuthError('cookies_blocked')
      return unlessAborted(signIn(tabs.exclusive(() => post(path, body), timeout / 2)), signal)
    },

    adopt: (response) => signIn(readAnswer(response)),

    async logout({ everywhere } = {}) {
      const owed = { sid: pass?.sid ?? '', everywhere }
      writeNote(name, owed)
      tell('out')
      leave('logout')
      await carryOut(owed)
    },

    async refresh() {
      await within(renew(true, true), timeout)
      return state
    },

    subscribe(listener) {
      // A wrapper for each call: the same function may be subscribed twice.
      const own: typeof listener = (now, before) => listeners.has(own) && listener(now, before)
      listeners.add(own)
      return () => void listeners.delete(own)
    },

    dispose() {
      stop.abort()
      settle()
    },
  }
}

function codeOf(answer: Session | AuthError): string | undefined {
  return answer instanceof AuthError ? answer.problem?.code : undefined
}

/** Whether two tokens are one person's: the same session, or another one of the same account. */
function alike(one: Pass, other: Pass): boolean {
  const id = ({ user }: Pass): unknown => (Object(user) as { id?: unknown }).id
  return one.sid === other.sid || (!!id(one) && id(one) === id(other))
}
