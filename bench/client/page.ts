// What the bench asks of a contender's page. Each contender fulfils it in the words of its own documentation, and no cleverer than that.

export interface Person {
  readonly email: string
  readonly password: string
}

export interface ContenderPage {
  /** Begins as the documentation has a page begin, a callback included; whether somebody is signed in. */
  start(): Promise<boolean>
  /** May leave the page: the page that comes back goes on in `start`. */
  signIn(person: Person): Promise<unknown>
  /** A request with the token, the documented way; its status. */
  request(address: string): Promise<number>
  /** May leave the page. */
  signOut(): Promise<unknown>
}

declare global {
  // oxlint-disable-next-line no-var -- what the bench calls from outside
  var contender: ContenderPage & {
    readonly started: Promise<boolean>
    /** A status, or the name of what was thrown. */
    outcome(address: string): Promise<number | string>
  }
}

/** Hands the page to the bench, and begins. */
export function expose(page: ContenderPage): void {
  globalThis.contender = {
    ...page,
    started: page.start().catch(() => false),
    outcome: (address) => page.request(address).catch((error: unknown) => statusOf(error) ?? nameOf(error)),
  }
}

/** axios throws what others answer. */
const statusOf = (error: unknown): number | undefined =>
  (error as { readonly response?: { readonly status?: number } } | null)?.response?.status

const nameOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
