// One request on its way through: what every guard and handler is given.
import type { Auth } from '@hallpass/guard'
import type { SessionDevice } from '../store/store.ts'

export interface Exchange {
  readonly request: Request
  /** The address of the client, as the adapter that trusts (or does not trust) a proxy tells it. */
  readonly address: string | undefined
  /** Members of the path, like the id of a session. */
  readonly params: Readonly<Record<string, string>>
  /** The thumbprint of the key that a proof has shown its sender to hold; undefined where none was asked for, or none came. */
  readonly key?: string | undefined
}

export type Handler = (exchange: Exchange) => Promise<Response>
/** A handler behind the bearer guard. */
export type AuthHandler = (exchange: Exchange, auth: Auth) => Promise<Response>

const LONGEST_USER_AGENT = 256

/** What the list of devices will show of where this request came from. */
export function deviceOf({ request, address }: Pick<Exchange, 'request' | 'address'>): SessionDevice {
  const userAgent = request.headers.get('user-agent')?.slice(0, LONGEST_USER_AGENT)
  return { ...(userAgent !== undefined && { userAgent }), ...(address !== undefined && { address }) }
}
