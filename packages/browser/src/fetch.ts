// `fetch` with the pass attached: for exact origins only, and sent once more after a 401 of ours. In every other respect it is
// the global `fetch`, looked up late so that a test or a tracer may put its own there.

/**
 * @param origins exact, as `URL.origin` spells them: a prefix or a suffix of a host is another host
 * @param have gives a token to go with; throws AuthError when none can be had
 * @param renewed gives a newer token of the same person after one was refused; undefined when there is none
 */
export function createFetch<Pass extends { readonly token: string }>(
  origins: ReadonlySet<string>,
  have: () => Promise<Pass>,
  renewed: (refused: Pass) => Promise<Pass | undefined>,
): typeof fetch {
  const trusted = (address: string): boolean => {
    const { origin, protocol } = new URL(address)
    // `blob:` addresses have the origin of the page that made them.
    return origins.has(origin) && protocol.startsWith('http')
  }

  return async (input, init) => {
    // A body that is a Request's own can be read once: keep a copy to send again. All others are built anew from `init`.
    const spare = input instanceof Request && !init?.body ? input.clone() : input
    const request = new Request(input, init)
    const { signal, headers } = request
    if (!trusted(request.url) || request.mode === 'no-cors' || headers.has('authorization'))
      return globalThis.fetch(request)

    const pass = await unlessAborted(have(), signal)
    const response = await send(request, pass)
    if (!isOurs401(response) || !trusted(response.url)) return response

    const newer = await unlessAborted(renewed(pass), signal)
    // A stream has been read and cannot be told again; the caller sees the 401, the next request has the new token.
    if (!newer || init?.body instanceof ReadableStream) return response
    void response.body?.cancel()
    return send(new Request(spare, init), newer)
  }
}

function send(request: Request, { token }: { readonly token: string }): Promise<Response> {
  request.headers.set('authorization', `Bearer ${token}`)
  return globalThis.fetch(request)
}

/** RFC 6750, 3.1: the token is expired, revoked, malformed or otherwise invalid. Any other 401 is the application's own. */
function isOurs401({ status, headers }: Response): boolean {
  return status === 401 && /(^|,)\s*bearer\s.*\berror="?invalid_token\b/i.test(headers.get('www-authenticate') ?? '')
}

/** Stops waiting when `signal` says so, without stopping what is waited for. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
