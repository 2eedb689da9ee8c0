// A sign-out that sticks: noted before the server is told, and carried out at the next start if it could not be reached. The
// note holds the session's public id and no secret.

interface Note {
  readonly sid: string | null
  readonly everywhere?: boolean | undefined
}

export interface SignOut {
  /** The sign-out that the server has not confirmed yet. */
  pending(): Note | undefined
  note(note: Note): void
  forget(): void
  /** Tells the server; whether it heard. */
  carryOut(): Promise<boolean>
}

/** @param key in localStorage; `send` posts to the `logout` endpoint */
export function createSignOut(key: string, send: (body: unknown, sid: string | null) => Promise<Response>): SignOut {
  // Storage may be forbidden; then a sign-out is remembered for as long as the page lives.
  let kept: string | null = null
  const stored = <T>(use: (storage: Storage) => T): T | undefined => {
    try {
      return use(localStorage)
    } catch {
      return undefined
    }
  }
  const read = (): string | null => stored((storage) => storage.getItem(key)) ?? kept
  const parse = (text: string): Note => {
    try {
      return Object(JSON.parse(text)) as Note
    } catch {
      return { sid: null }
    }
  }

  const signOut: SignOut = {
    pending() {
      const text = read()
      return text === null ? undefined : parse(text)
    },
    note(note) {
      kept = JSON.stringify(note)
      stored((storage) => storage.setItem(key, String(kept)))
    },
    forget() {
      kept = null
      stored((storage) => storage.removeItem(key))
    },
    async carryOut() {
      const text = read()
      if (text === null) return true
      const { sid, everywhere } = parse(text)
      try {
        const { status, headers } = await send(everywhere ? { everywhere } : {}, sid)
        // Only an answer of ours counts: a portal's page, a busy or broken server has signed nobody out.
        const ours = status === 204 || /problem\+json/.test(headers.get('content-type') ?? '')
        if (!ours || status === 429 || status >= 500) return false
        if (read() === text) signOut.forget()
        return true
      } catch {
        return false
      }
    },
  }
  return signOut
}
