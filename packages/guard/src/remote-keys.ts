// The issuer's public keys, held in memory: fetched once, again when they grow old or an unknown `kid` turns up, and served stale
// for a day while the issuer is away (docs/design.md, "Keys that cannot bite").
import { importJwks, TokenError, type Algorithm, type KeySet, type KeySource } from '@hallpass/token'
import { KeysUnavailable } from './keys-unavailable.ts'
import { createRemoteDocument, type LoadFailure } from './remote-document.ts'

export interface RemoteKeys extends KeySource {
  /** Fetches again when the keys have grown old; called now and then, so that a key taken back is gone within `FRESH`. */
  refresh(): void
  /**
   * Told what the issuer calls its key set now, as often as it says so. A set by another name is fetched at once, and again until the
   * one that comes bears it: behind a balancer the first answer may be that of a node that has not heard yet, and a key that was taken
   * back must not live on for that.
   */
  named(tag: string): void
  health(): { readonly fetchedAt: number | null; readonly stale: boolean; readonly failure: LoadFailure | null }
}

/** For so long keys are served without asking again: what the issuer says in `max-age`. */
const FRESH = 600_000
/** Between two fetches, whatever the reason: a flood of made-up names costs the issuer one request in five seconds. */
const COOL_DOWN = 5_000
/** So long an issuer may be away before its keys are worth nothing. */
const USABLE = 86_400_000
/** About a hundred keys. */
const LIMIT = 65_536

export function createRemoteKeys(options: {
  readonly url: string
  readonly algorithms: readonly Algorithm[]
  readonly now: () => number
  readonly signal: AbortSignal
}): RemoteKeys {
  const { url, algorithms, now, signal } = options
  const document = createRemoteDocument({ url, limit: LIMIT, read: readKeys, signal })
  let keys: KeySet | undefined
  let fetchedAt = -Infinity
  let attemptedAt = -Infinity
  let failure: LoadFailure | null = null
  let loading: Promise<void> | undefined
  let name: string | undefined

  async function readKeys(found: unknown): Promise<KeySet | undefined> {
    try {
      const set = await importJwks(found, { algorithms })
      // An issuer that signs has a key; an empty list is a mistake of its own making, not a reason to sign everybody out.
      return set.keys.length === 0 ? undefined : set
    } catch (error) {
      // Private members, secrets, two keys of one name: whoever publishes these does not get to replace the good ones.
      if (error instanceof TokenError) return undefined
      throw error
    }
  }

  const load = async () => {
    const startedAt = now()
    attemptedAt = startedAt
    const loaded = await document.load()
    failure = loaded.result === 'failed' ? loaded.reason : null
    if (loaded.result === 'failed') return
    if (loaded.result === 'fetched') keys = loaded.value
    // From the start of the request: the answer is no fresher than that.
    fetchedAt = startedAt
  }

  /** One fetch at a time, and none in the cool-down; undefined when that forbids it. */
  const reload = (): Promise<void> | undefined => {
    // A clock that was set back must not make the cool-down last: only a time that lies between counts.
    const since = now() - attemptedAt
    if (loading === undefined && since >= 0 && since < COOL_DOWN) return undefined
    return loadOnce()
  }
  const loadOnce = (): Promise<void> => {
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }

  const usable = () => (keys !== undefined && now() - fetchedAt <= USABLE ? keys : undefined)
  /** Whether what is held is not the set that the issuer speaks of. A proxy may add to an ETag, or leave it out: then nothing is known. */
  const outdated = () => {
    const etag = document.etag()
    return name !== undefined && etag !== undefined && !etag.includes(name)
  }
  const refresh = () => {
    if (outdated() || now() - fetchedAt > FRESH) void reload()
  }

  return {
    refresh,
    named(tag) {
      if (tag === name) return
      const first = name === undefined
      name = tag
      // Past the cool-down: it is the issuer who asks for it, once for each change. `refresh` sees to the rest.
      if (outdated() || (!first && document.etag() === undefined)) void loadOnce()
    },

    find(header) {
      const known = usable()
      if (known !== undefined) {
        refresh()
        const key = known.find(header)
        // A token without a name is none of the issuer's, and no fetch will find its key.
        if (key !== undefined || header.kid === undefined) return key
      }
      const reloaded = reload()
      // It may be a key made a moment ago, so the token is not called invalid, or its owner would throw it away.
      if (reloaded === undefined) throw new KeysUnavailable('the keys were asked for a moment ago')
      return reloaded.then(() => {
        const loaded = usable()
        if (loaded === undefined || failure !== null) throw new KeysUnavailable('the issuer does not answer')
        return loaded.find(header)
      })
    },

    health: () => ({
      fetchedAt: keys === undefined ? null : fetchedAt,
      stale: now() - fetchedAt > FRESH + COOL_DOWN,
      failure,
    }),
  }
}
