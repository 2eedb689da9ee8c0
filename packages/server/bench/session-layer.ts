// The session layer by itself, without HTTP, on a store that is there: what `npm run bench -- refresh` measures. A door of this workspace
// alone (the condition `@hallpass/source`); nothing of it is published.
import { randomUUID } from 'node:crypto'
import { generateKeyPair, type Key } from '@hallpass/token'
import { parseSecret } from '../src/keys/secret.ts'
import { createAccessTokens } from '../src/session/access-token.ts'
import { createRefreshTokens, hashNonce, type RefreshClaims } from '../src/session/refresh-token.ts'
import { createSessions, type Sessions } from '../src/session/sessions.ts'
import { openStore } from '../src/store/open.ts'
import { createSweeper } from '../src/store/sweeper.ts'

export { hashNonce }
export type { RefreshClaims }

export interface SessionLayer {
  readonly storeId: string
  /** The decision and the write, without the two tokens. Throws unless the outcome is `rotated`. */
  rotate(claims: RefreshClaims): Promise<void>
  /** The same with both tokens. */
  refresh(claims: RefreshClaims): Promise<void>
  /** The two tokens alone. */
  mint(claims: RefreshClaims): Promise<void>
  /** Removes what has expired, as a running server does; ends early when it is closed. */
  sweep(): Promise<void>
  /** How many sessions that has removed so far. */
  removed(): number
  close(): Promise<void>
}

const ROW = {
  subject: 'subject 1',
  nonceHash: '',
  generation: 0,
  proven: -1,
  rotatedAt: 0,
  createdAt: 0,
  endedAt: null,
  endReason: null,
  revokedUntil: null,
  authTime: 0,
  amr: ['pwd'],
  user: { id: 'subject 1' },
  device: {},
  binding: null,
  persistent: true,
} as const

/**
 * Opens a store and the session layer on it.
 *
 * @param options.now the clock, milliseconds
 */
export async function openSessionLayer(options: {
  readonly database: string
  readonly secret: string
  readonly now: () => number
  readonly connections?: number
}): Promise<SessionLayer> {
  const { now, connections = 10 } = options
  const secret = parseSecret(options.secret)
  const store = await openStore(options.database, { now, connections })
  const { privateKey } = await generateKeyPair('ES256')
  const signer = async (): Promise<Key> => privateKey
  const refreshTokens = await createRefreshTokens([secret], store.id)
  const accessTokens = createAccessTokens({
    issuer: 'https://app.example.com',
    audience: ['https://app.example.com'],
    lifetime: 900_000,
    signer,
    claims: undefined,
    uuid: randomUUID,
  })
  const sessionsWith = (
    tokens: Pick<Parameters<typeof createSessions>[0], 'refreshTokens' | 'accessTokens'>,
  ): Sessions =>
    createSessions({
      ...tokens,
      store,
      // Nothing ends here, so nobody needs to be told.
      revocations: {
        publish: () => undefined,
        heard: () => undefined,
        list: async () => [],
        known: () => ({ revocations: [], age: 0 }),
        watch: () => () => undefined,
        sync: async () => undefined,
        close: () => undefined,
      },
      idle: 7 * 86_400_000,
      absolute: 30 * 86_400_000,
      lifetime: 900_000,
      keyRequired: false,
      findUser: undefined,
      now,
      newId: randomUUID,
      nonce: randomUUID,
      onEvent: () => undefined,
    })
  const withTokens = sessionsWith({ refreshTokens, accessTokens })
  const without = sessionsWith({
    refreshTokens: { ...refreshTokens, mint: async () => '' },
    accessTokens: { mint: async () => ({ token: '', expiresIn: 900 }) },
  })
  const device = { address: '203.0.113.9' }
  const rotated = async (sessions: Sessions, claims: RefreshClaims) => {
    const refreshed = await sessions.refresh(claims, { device })
    if (refreshed.result !== 'granted' || refreshed.outcome !== 'rotated')
      throw new Error(`not the straight path: ${JSON.stringify({ ...claims, nonce: '…' })} ${refreshed.result}`)
  }
  let removed = 0
  const sweeper = createSweeper({
    store: {
      removeThrottles: store.removeThrottles,
      async removeExpired(before, limit) {
        const count = await store.removeExpired(before, limit)
        removed += count
        return count
      },
    },
    ring: { rotate: async () => false, retire: async () => 0 },
    rotateAfter: Infinity,
    now,
    onEvent: () => undefined,
  })

  return {
    storeId: store.id,
    rotate: (claims) => rotated(without, claims),
    refresh: (claims) => rotated(withTokens, claims),
    async mint(claims) {
      await accessTokens.mint({ ...ROW, id: claims.sessionId, expiresAt: now() + 900_000 }, now())
      await refreshTokens.mint(claims)
    },
    sweep: sweeper.sweep,
    removed: () => removed,
    async close() {
      sweeper.close()
      await store.close()
    },
  }
}
