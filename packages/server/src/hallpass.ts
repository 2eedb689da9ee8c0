// Composition only: options in, rooms wired, the door out.
import { randomBytes, randomUUID } from 'node:crypto'
import {
  createGuard,
  createNonces,
  createProofs,
  createReplayMemory,
  createRevocationView,
  type Guard,
} from '@hallpass/guard'
import { createMe } from './account/account-handlers.ts'
import { createAccounts, type Accounts } from './account/accounts.ts'
import { createPasswordHasher, DEFAULT_PARAMETERS } from './account/password-hash.ts'
import { createChainer } from './audit/chain.ts'
import type { OnEvent } from './events.ts'
import { createRefreshCookie } from './http/cookie.ts'
import { createForwardAuth } from './http/forward-auth.ts'
import { createKeyProofs } from './http/proof.ts'
import { createRoutes, type Fetch } from './http/routes.ts'
import { assertSameOrigin } from './http/same-origin.ts'
import { createThrottle } from './http/throttle.ts'
import { uuidv7 } from './id.ts'
import { createConfiguredRing } from './keys/configured-ring.ts'
import { createKeyHandlers } from './keys/key-handlers.ts'
import { createKeyRing, type KeyRing } from './keys/ring.ts'
import { noteSecrets } from './keys/secret.ts'
import { readOptions, type HallpassOptions } from './options.ts'
import { createAccessTokens } from './session/access-token.ts'
import { createPresented } from './session/presented.ts'
import { createRefreshTokens } from './session/refresh-token.ts'
import { createRevocationFeed } from './session/revocation-feed.ts'
import { createRevocations, LISTED_AFTER } from './session/revocation.ts'
import { createSessionDoor, type SessionDoor } from './session/session-door.ts'
import { createSessionHandlers } from './session/session-handlers.ts'
import { createSessions } from './session/sessions.ts'
import { createTicketHandler } from './session/ticket.ts'
import { createPasswordSignIn } from './sign-in/password.ts'
import { openStore } from './store/open.ts'
import { createSweeper } from './store/sweeper.ts'
import { createTracing } from './tracing.ts'

export interface Health {
  readonly revocations: {
    readonly count: number
    /** How many milliseconds ago it was certain that nothing is missing; 0 where no other process writes. */
    readonly age: number
    /** How many services hold the stream. */
    readonly streams: number
  }
  /** Passwords being hashed, and waiting for it. */
  readonly hashing: { readonly running: number; readonly waiting: number }
}

export interface Hallpass {
  /**
   * Answers a request to one of the endpoints; `address` is the client's, as the adapter knows it.
   * The request's URL must carry the path as the browser asked for it.
   */
  readonly fetch: Fetch
  /** The check for this process: knows at once what was signed out. */
  readonly guard: Guard
  readonly sessions: SessionDoor
  readonly accounts: Pick<Accounts, 'create' | 'find' | 'findByEmail'>
  readonly keys: Pick<KeyRing, 'jwks' | 'list' | 'rotate' | 'revoke' | 'retire' | 'reseal'>
  /** What this process knows of itself, from memory. */
  health(): Health
  /** Answers when the database does. Rejects when it does not. */
  ping(): Promise<void>
  /** Ends what is held open (event streams), so that the sockets can be closed; everything else is still answered. */
  drain(): void
  /** Lets go of the database and of every timer. */
  close(): Promise<void>
}

/**
 * Opens the database, brings it up to date and wires the rooms.
 *
 * @throws TypeError for options that cannot be used; the sentence names the fix
 */
export async function hallpass(options: HallpassOptions): Promise<Hallpass> {
  const settings = readOptions(options)
  const { issuer, secrets, basePath, origins, lifetime, idle, keyRequired, now } = settings
  const tracing = await createTracing(basePath)
  const onEvent: OnEvent = (event) => {
    tracing.hear(event)
    settings.onEvent(event)
  }
  const store = tracing.store(await openStore(settings.database, { now }))

  try {
    await noteSecrets(store, secrets)
    const { algorithm, keys } = settings
    const ring = await (keys === undefined
      ? createKeyRing({ store, secrets, algorithm, lifetime, now })
      : createConfiguredRing(keys, algorithm))
    // Another algorithm than before is no reason to refuse what was signed a minute ago.
    const algorithms = new Set([algorithm, ...(await ring.list()).map((key) => key.algorithm)])
    // The list is for all services, and remembers for the most tolerant of them.
    const view = createRevocationView({ now, clockTolerance: LISTED_AFTER })
    // The nonces come from the secret, so that every node takes those of every other.
    const nonces = createNonces(
      secrets.map((secret) => secret.derive('dpop-nonce')),
      now,
    )
    // Whoever asks may prove a key of their own at sign-in: what they fill is not what the guard remembers of tokens, and keeps nobody out.
    const replays = createReplayMemory({ whenFull: 'forget', now })
    const proofs = createKeyProofs(createProofs({ origin: issuer.origin, nonces, replays, now }))
    const guard = createGuard({
      issuer: issuer.origin,
      audience: issuer.origin,
      keys: ring,
      algorithms: [...algorithms],
      revocations: view,
      // One clock wrote and reads these tokens: no tolerance is needed.
      clockTolerance: 0,
      proofs: createProofs({
        origin: issuer.origin,
        nonces,
        now,
        ...(settings.replays !== undefined && { replays: settings.replays }),
      }),
      now,
      onChecked: (result) => onEvent({ event: 'checked', result }),
    })

    const newId = () => uuidv7(now(), randomBytes(10))
    const cookie = createRefreshCookie({ issuer, basePath, mode: settings.cookieMode, sameSite: settings.sameSite })
    // A file has one process; a server may have several, and what they end must be read.
    const revocations = await createRevocations({ store, view, now, every: store.shared ? 500 : 0 })
    const refreshTokens = await createRefreshTokens(secrets, store.id)
    const accessTokens = createAccessTokens({
      issuer: issuer.origin,
      audience: settings.audience,
      lifetime,
      signer: ring.signer,
      claims: settings.claims,
      uuid: randomUUID,
    })
    const sessions = createSessions({
      store,
      refreshTokens,
      accessTokens,
      revocations,
      idle,
      absolute: settings.absolute,
      lifetime,
      findUser: settings.findUser,
      keyRequired,
      now,
      newId,
      nonce: () => randomBytes(16).toString('base64url'),
      onEvent,
    })
    const presented = createPresented({ cookie, refreshTokens, sessions, store })
    const hasher = tracing.hasher(createPasswordHasher({ parameters: DEFAULT_PARAMETERS, random: randomBytes }))
    const accounts = createAccounts({
      store,
      hasher,
      minLength: settings.minLength,
      serviceWords: [issuer.hostname],
      now,
      newId,
    })
    const throttle = createThrottle({ store, secret: secrets[0], now })
    const signIn = createPasswordSignIn(
      { accounts, sessions, presented, cookie, throttle, store, now },
      settings.checkPassword,
    )
    const sessionHandlers = createSessionHandlers({
      sessions,
      presented,
      cookie,
      audiences: new Set(settings.audience),
      now,
    })
    const keyHandlers = createKeyHandlers(ring)
    const feed = createRevocationFeed({ revocations, keysTag: keyHandlers.tag, lifetime, now })
    ring.watch(feed.keysChanged)
    const again = () => void Promise.allSettled([revocations.sync(), ring.reload()])
    const stopListening = store.listen({
      heard: (announcement) => (announcement.about === 'ended' ? revocations.heard(announcement.ended) : again()),
      begun: again,
    })
    const sameOrigin = (headers: Headers) => assertSameOrigin(headers, issuer.origin, origins)
    const fetch = createRoutes(
      {
        ...signIn,
        refresh: sessionHandlers.refresh,
        logout: sessionHandlers.logout,
        me: createMe({ accounts, store, ownUsers: settings.checkPassword !== undefined }),
        ticket: createTicketHandler({
          store,
          issuer: issuer.origin,
          audiences: new Set(settings.audience),
          signer: ring.signer,
          uuid: randomUUID,
          now,
        }),
        listSessions: sessionHandlers.list,
        endSession: sessionHandlers.end,
        jwks: keyHandlers.jwks,
        revocations: feed.handler,
        verify: createForwardAuth(guard),
      },
      {
        basePath,
        https: issuer.protocol === 'https:',
        origins,
        guard,
        proofs,
        keyRequired,
        assertSameOrigin: sameOrigin,
        onEvent,
      },
    )
    const chainer = createChainer({ store, secret: secrets[0], onEvent })
    const sweeper = createSweeper({ store, ring, rotateAfter: settings.rotateAfter, now, onEvent })

    return {
      fetch: tracing.fetch(fetch),
      guard,
      sessions: createSessionDoor({
        sessions,
        presented,
        cookie,
        proofs,
        keyRequired,
        assertSameOrigin: sameOrigin,
        now,
      }),
      accounts,
      keys: ring,
      ping: () => store.ping(),
      health() {
        const { revocations: list, age } = revocations.known()
        return {
          revocations: { count: list.length, age, streams: feed.streams() },
          hashing: hasher.load(),
        }
      },
      drain: feed.drain,
      async close() {
        feed.drain()
        sweeper.close()
        chainer.close()
        revocations.close()
        guard.close()
        await stopListening()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
