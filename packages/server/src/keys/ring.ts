// The ring of signing keys: published before they sign, published until the last token they signed has died, sealed at rest,
// one signing key under any number of nodes (docs/design.md, "Keys that cannot bite").
import { KeysUnavailable } from '@hallpass/guard'
import { importJwk, type Algorithm, type Jwk, type Key, type KeySource } from '@hallpass/token'
import type { KeyRow, Store } from '../store/store.ts'
import { open, seal, sealedUnder } from './seal.ts'
import type { Secret } from './secret.ts'
import { makeSigningKey } from './signing-key.ts'

/** How long a key is published before it signs: longer than anyone caches the key set. */
export const PUBLISH_AHEAD: number = 24 * 3_600_000
/** How long a process believes its copy of the ring. */
const RELOAD = 30_000
/** How soon it looks again for a key that it does not know. */
const LOOK_AGAIN = 5_000

export interface KeyInfo {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly createdAt: number
  readonly signsFrom: number
  readonly state: 'published' | 'signing' | 'retiring' | 'revoked'
}

export interface KeyRing extends KeySource {
  /** The key that signs now. */
  signer(): Promise<Key>
  /** The key set as the wire has it: public keys only. */
  jwks(): Promise<{ readonly keys: readonly Jwk[] }>
  list(): Promise<readonly KeyInfo[]>
  /**
   * Publishes the next key; it signs a day later. False when another node did so first, and, with `after` (milliseconds), when the
   * newest key will not have signed for so long by then and is of the algorithm that is configured.
   */
  rotate(after?: number): Promise<boolean>
  /** Withdraws a compromised key at once; when it was the signing one, the next signs at once. False for an unknown key. */
  revoke(kid: string): Promise<boolean>
  /** Seals every key again under the first secret; answers how many were sealed under another one. */
  reseal(): Promise<number>
  /** Removes keys whose last token has died; answers how many. */
  retire(): Promise<number>
  /** Reads the ring again: another node may have changed it. */
  reload(): Promise<void>
  /** Calls back when the ring is not what it was, whoever changed it. Answers the way to stop. */
  watch(changed: () => void): () => void
}

const UNOPENED =
  'no loaded secret opens the signing keys in this database: start with the HALLPASS_SECRET that was used before (several may be ' +
  'given, separated by commas; the first one seals)'

interface Loaded {
  readonly at: number
  readonly rows: readonly KeyRow[]
  /** What verifies, and what is published of it. */
  readonly public: ReadonlyMap<string, { readonly key: Key; readonly jwk: Jwk | null }>
}

/**
 * Loads the ring of a store, making its first key when it is empty.
 *
 * @throws TypeError when no loaded secret opens the keys in the store: starting over would sign everybody out in silence
 */
export async function createKeyRing(options: {
  readonly store: Store
  readonly secrets: readonly [Secret, ...Secret[]]
  readonly algorithm: Algorithm
  /** Milliseconds a token lives at the longest. */
  readonly lifetime: number
  readonly now: () => number
}): Promise<KeyRing> {
  const { store, secrets, algorithm, lifetime, now } = options
  const signers = new Map<string, Key>()

  const make = async (position: number, signsFrom: number): Promise<boolean> => {
    const { kid, publicJwk, privateJwk } = await makeSigningKey(algorithm)
    const sealed = seal(JSON.stringify(privateJwk), secrets[0], kid)
    const createdAt = await store.now()
    const row = {
      kid,
      algorithm,
      publicJwk: JSON.stringify(publicJwk),
      sealed,
      createdAt,
      signsFrom,
      position,
      revokedAt: null,
    }
    return store.insertKey(row, { at: createdAt, event: 'key_published', detail: { kid, position } })
  }

  const signerOf = async (row: KeyRow): Promise<Key> => {
    const known = signers.get(row.kid)
    if (known !== undefined) return known
    const jwk = open(row.sealed, secrets, row.kid)
    if (jwk === undefined) {
      throw new TypeError(UNOPENED)
    }
    const key = await importJwk(JSON.parse(jwk), row.algorithm as Algorithm)
    signers.set(row.kid, key)
    return key
  }

  const read = async (): Promise<Loaded> => {
    const rows = [...(await store.keys())].sort((a, b) => a.position - b.position)
    const known = await Promise.all(
      rows
        .filter((row) => row.revokedAt === null)
        .map(async (row) => {
          const jwk = JSON.parse(row.publicJwk) as Jwk | null
          const key = jwk === null ? await signerOf(row) : await importJwk(jwk, row.algorithm as Algorithm)
          return [row.kid, { jwk, key }] as const
        }),
    )
    return { at: now(), rows, public: new Map(known) }
  }

  let loaded = await read()
  let lookedAt = -Infinity
  if (loaded.rows.every((row) => row.revokedAt !== null)) {
    await make((loaded.rows.at(-1)?.position ?? 0) + 1, await store.now())
    loaded = await read()
  }

  const watchers = new Set<() => void>()
  const reload = async (): Promise<Loaded> => {
    const [before, after] = [loaded, await read()]
    loaded = after
    if (shape(before) !== shape(after)) for (const watcher of watchers) watcher()
    return after
  }
  /** After a change of our own: the other nodes hear of it now, and see it within half a minute if they do not. */
  const changed = async (): Promise<Loaded> => {
    await store.announce({ about: 'keys' }).catch(() => undefined)
    return reload()
  }

  let reading: Promise<Loaded> | undefined
  const fresh = (): Loaded | Promise<Loaded> => {
    if (now() - loaded.at < RELOAD && now() >= loaded.at) return loaded
    reading ??= reload()
      // A database that is away stops no one from verifying, nor from signing with a key that is known; it is asked again in a while.
      .catch(() => (loaded = { ...loaded, at: now() - RELOAD + LOOK_AGAIN }))
      .finally(() => (reading = undefined))
    return reading
  }

  const current = (rows: readonly KeyRow[], at: number): KeyRow | undefined =>
    rows.findLast((row) => row.revokedAt === null && row.signsFrom <= at) ?? rows.find((row) => row.revokedAt === null)

  /** When the last token this key signed has died, milliseconds; undefined while it signs or will sign. */
  const deadAt = (row: KeyRow, rows: readonly KeyRow[]): number | undefined => {
    const next = rows.find((other) => other.position > row.position && other.revokedAt === null)
    return next === undefined ? undefined : next.signsFrom + lifetime
  }

  const isDue = (rows: readonly KeyRow[], at: number, after: number): boolean => {
    const newest = rows.findLast((row) => row.revokedAt === null)
    return newest === undefined || newest.algorithm !== algorithm || newest.signsFrom + after <= at + PUBLISH_AHEAD
  }

  const ring: KeyRing = {
    find({ alg, kid }) {
      if (kid === undefined) return undefined
      const pick = () => {
        const known = loaded.public.get(kid)
        return known?.key.algorithm === alg ? known.key : undefined
      }
      if (!store.shared || loaded.rows.some((row) => row.kid === kid)) return pick()
      // Another node may have made this key since: look, but not for every made-up name.
      if (now() - lookedAt < LOOK_AGAIN) throw new KeysUnavailable('the keys were read just now')
      lookedAt = now()
      return reload().then(pick, (cause: unknown) => {
        throw new KeysUnavailable('the keys cannot be read', { cause })
      })
    },

    async signer() {
      const row = current((await fresh()).rows, now())
      if (row === undefined) throw new Error('the ring is empty')
      return signerOf(row)
    },

    async jwks() {
      const { rows, public: keys } = await fresh()
      const alive = rows.filter((row) => (deadAt(row, rows) ?? Infinity) > now())
      const published = alive.map((row) => keys.get(row.kid)?.jwk)
      return { keys: published.filter((jwk) => jwk !== undefined && jwk !== null) }
    },

    async list() {
      const { rows } = await fresh()
      const signing = current(rows, now())
      return rows.map((row) => ({
        kid: row.kid,
        algorithm: row.algorithm as Algorithm,
        createdAt: row.createdAt,
        signsFrom: row.signsFrom,
        state:
          row.revokedAt !== null
            ? 'revoked'
            : row === signing
              ? 'signing'
              : row.position > (signing?.position ?? 0)
                ? 'published'
                : 'retiring',
      }))
    },

    async rotate(after) {
      const { rows } = await reload()
      const at = await store.now()
      if (after !== undefined && !isDue(rows, at, after)) return false
      // One that waits for its day is the next one already: whoever asked first has rotated for all.
      if (rows.some((row) => row.revokedAt === null && row.signsFrom > at)) return false
      const made = await make((rows.at(-1)?.position ?? 0) + 1, at + PUBLISH_AHEAD)
      await changed()
      return made
    },

    async revoke(kid) {
      const { rows } = await reload()
      const at = await store.now()
      const others = rows.filter((row) => row.revokedAt === null && row.kid !== kid)
      if (rows.some((row) => row.kid === kid) && others.every((row) => row.signsFrom > at)) {
        // The one that follows must stand before this one falls: the one that waits, which every service has already, else a new one.
        const [waiting] = others
        const advanced =
          waiting !== undefined &&
          (await store.advanceKey(waiting.kid, waiting.signsFrom, at, {
            at,
            event: 'key_advanced',
            detail: { kid: waiting.kid },
          }))
        if (!advanced) await make((rows.at(-1)?.position ?? 0) + 1, at)
      }
      const revoked = await store.revokeKey(kid, at, { at, event: 'key_revoked', detail: { kid } })
      await changed()
      return revoked
    },

    async retire() {
      const { rows } = await reload()
      const dead = rows.filter((row) => (deadAt(row, rows) ?? Infinity) + PUBLISH_AHEAD <= now())
      for (const { kid } of dead)
        await store.removeKey(kid, { at: await store.now(), event: 'key_removed', detail: { kid } })
      if (dead.length > 0) await changed()
      return dead.length
    },

    async reseal() {
      const { rows } = await reload()
      let count = 0
      for (const row of rows) {
        if (sealedUnder(row.sealed) === secrets[0].fingerprint) continue
        const jwk = open(row.sealed, secrets, row.kid)
        if (jwk === undefined) throw new TypeError(UNOPENED)
        if (await store.resealKey(row.kid, row.sealed, seal(jwk, secrets[0], row.kid))) count++
      }
      const at = await store.now()
      if (count > 0)
        await store.appendAudit({ at, event: 'keys_resealed', detail: { count, secret: secrets[0].fingerprint } })
      return count
    },

    reload: async () => void (await reload()),
    watch(watcher) {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  }

  // Opened now, so that a wrong secret is a refusal to start and not an error at the first sign-in.
  await ring.signer()
  return ring
}

/** What of the ring others can see. */
function shape({ rows }: Loaded): string {
  return JSON.stringify(rows.map(({ kid, signsFrom, revokedAt }) => [kid, signsFrom, revokedAt]))
}
