// The worker door, the worker's side: the client itself, in the one place that holds the token. It answers what its page asks; every
// word of that may come from a script that was injected there, so no word gets a token out or has one sent anywhere new.
import { AuthError } from './answer.ts'
import { createAuth, type Auth, type AuthOptions, type AuthState } from './auth.ts'
import { RESPONSE, type Answered, type ToPage, type ToWorker, type Verbs } from './worker-words.ts'

/** As for `createAuth`; what is told of it is told in the page. */
export type AuthHostOptions<U> = Omit<AuthOptions<U>, 'share' | 'onSignedOut' | 'onEvent'>

/**
 * Makes this worker the keeper of its page's token. Call it at once, in a file of its own that is served with a policy of its own: there
 * `connect-src` allows the auth paths, and in the page it does not.
 *
 * @throws TypeError when this is no worker, or `base` or one of `origins` is no address
 */
export function serve<U = unknown>(options: AuthHostOptions<U> = {}): void {
  // Imported into the page, it would hold the token where scripts are.
  if (globalThis.document) throw new TypeError('not in a page')
  const base = new URL(options.base ?? '/api/auth/', location.href)
  const origins = (options.origins ?? [base, location.href]).map((origin) => new URL(origin).origin)

  /** Where the page stands, once it has said so. */
  const page = {} as { hidden: boolean; prerendering: boolean | undefined; cookieEnabled: boolean; note: unknown }
  const stops = new Map<number, AbortController>()
  let auth: Auth<U>
  /** How many sign-outs the page has asked for. */
  let left = 0

  const say = postMessage as (words: ToPage<U>, transfer?: Transferable[]) => void

  /** A response, without the token where it is a session answer: whatever address a script found to be given one. */
  const answered = async (response: Response): Promise<Answered> => {
    const { headers } = response
    let body: Answered['body'] = response.body
    if (/^application.json(;|$)/i.test(headers.get('content-type') as string)) {
      body = await response.text()
      const session = await read(body)
      if (session.accessToken && session.session) {
        // Taken up here, as the page cannot.
        await auth.adopt(new Response(body))
        body = JSON.stringify({ ...session, accessToken: '' })
      }
    }
    return {
      ...(Object.fromEntries(RESPONSE.map((key) => [key, response[key]])) as Pick<Response, (typeof RESPONSE)[number]>),
      headers: [...headers],
      body: body || null,
    }
  }

  const verbs: { readonly [Verb in keyof Verbs]: (what: Verbs[Verb], id: number) => unknown } = {
    page(news) {
      let type: string | undefined
      let persisted: boolean | undefined
      ;[type, persisted, page.hidden, page.prerendering, page.cookieEnabled, page.note] = news
      if (!auth) {
        auth = createAuth<U>(
          {
            ...options,
            base,
            origins,
            // What tabs say to each other can be heard by any script of the origin.
            share: false,
            onEvent: (event) => say(['onEvent', event]),
            onSignedOut: (why, state) => say(['onSignedOut', why, state]),
          },
          {
            document: page,
            navigator: page,
            localStorage: new Proxy(
              {},
              {
                get: () => page.note,
                set(_, _key, note) {
                  say(['note', (page.note = note)])
                  return true
                },
              },
            ),
          },
        )
        const tell = (state: AuthState<U>): void => say(['state', state, left])
        auth.subscribe(tell)
        // A sign-out that is owed was found while nobody could hear of it.
        if (auth.state.status === 'out') tell(auth.state)
      }
      // The client looks for these events where it is; here they come from the page.
      if (type) dispatchEvent(Object.assign(new Event(type), { persisted }))
    },
    ready: () => auth.ready,
    refresh: () => auth.refresh(),
    async fetch({ url, ...init }, id) {
      if (!origins.includes(new URL(url).origin)) return undefined
      const stop = new AbortController()
      stops.set(id, stop)
      return answered(await auth.fetch(url, { ...init, signal: stop.signal }))
    },
    abort: (id) => stops.get(id)?.abort(),
    login({ body, path = 'login' }) {
      if (new URL(path, base).origin !== base.origin) throw new AuthError('refused')
      return auth.login(body, { path })
    },
    async adopt({ text, ...init }) {
      const { accessToken } = await read(text)
      return accessToken === '' ? auth.user : auth.adopt(new Response(text || null, init))
    },
    logout(how) {
      const leaving = auth.logout(how)
      // After the word that somebody signed out: the page knows that already.
      queueMicrotask(() => (left += 1))
      return leaving
    },
  }

  addEventListener('message', ({ data: [id, verb, what] }: MessageEvent<ToWorker>) => {
    const reply = async (): Promise<void> => {
      const value = await verbs[verb](what as never, id)
      const body = (value as Partial<Answered> | undefined)?.body as Transferable & BodyInit
      try {
        say(['answer', id, value], 'getReader' in Object(body) ? [body] : [])
      } catch {
        // Where a stream cannot be handed over, it is read here.
        say(['answer', id, { ...(value as Answered), body: await new Response(body).arrayBuffer() }])
      }
    }
    reply().catch((error: Partial<AuthError>) => say(['answer', id, 0, error, { ...error }]))
    // A body may come long after its headers, and be aborted too; nobody tells when one has ended.
    stops.delete(id - 10_000)
  })
}

/** What is JSON, as an object; anything else, as one without members. */
function read(text: string): Promise<Record<string, unknown>> {
  return new Response(text).json().then(Object, Object) as Promise<Record<string, unknown>>
}
