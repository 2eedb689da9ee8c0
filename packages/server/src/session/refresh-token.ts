// The refresh token: a JWT of its own type that names a session and a generation. Minting is deterministic: the successor of
// a presented token is always the same bytes, so two answers to one question cannot fork a session (docs/design.md, "Wire").
import { createHash } from 'node:crypto'
import { importSecret, sign, TokenError, verifySignature, type Key, type KeySource } from '@hallpass/token'
import type { Secret } from '../keys/secret.ts'

const TYPE = 'rt+jwt'
const ALGORITHM = 'HS256'

/** What a refresh token proves: knowledge of one generation of one session. Time in milliseconds. */
export interface RefreshClaims {
  readonly sessionId: string
  readonly generation: number
  readonly issuedAt: number
  /** 128 bits made once per session; the row keeps only its SHA-256. */
  readonly nonce: string
}

export type ReadRefreshToken =
  | { readonly kind: 'token'; readonly claims: RefreshClaims }
  /** Signed under a secret this deployment has used, but this node has not loaded: a deployment mistake, not a sign-out. */
  | { readonly kind: 'unknown_secret'; readonly fingerprint: string }
  /** Signed by us for another store. */
  | { readonly kind: 'other_store' }
  | { readonly kind: 'garbage' }

export interface RefreshTokens {
  mint(claims: RefreshClaims): Promise<string>
  read(token: string): Promise<ReadRefreshToken>
}

/** SHA-256 of a session's nonce in hex: what the row keeps of it. */
export function hashNonce(nonce: string): string {
  return createHash('sha256').update(nonce, 'utf8').digest('hex')
}

/**
 * Makes the codec of refresh tokens.
 *
 * @param secrets the loaded secrets; the first mints, all read
 * @param storeId the id of the store the sessions live in
 */
export async function createRefreshTokens(
  secrets: readonly [Secret, ...Secret[]],
  storeId: string,
): Promise<RefreshTokens> {
  const keys = new Map<string, Key>()
  for (const secret of secrets) {
    keys.set(
      secret.fingerprint,
      await importSecret(secret.derive('refresh-token'), ALGORITHM, { kid: secret.fingerprint }),
    )
  }
  const source: KeySource = { find: (header) => (header.kid === undefined ? undefined : keys.get(header.kid)) }
  const [first] = keys.values()
  if (first === undefined) throw new TypeError('at least one secret is needed')

  return {
    mint: (claims) =>
      // The order of the members is part of the format: the same claims are always the same bytes.
      sign(
        {
          iss: storeId,
          sid: claims.sessionId,
          gen: claims.generation,
          iat: claims.issuedAt / 1000,
          nonce: claims.nonce,
        },
        first,
        { type: TYPE },
      ),

    async read(token) {
      try {
        const { payload } = await verifySignature(token, source, { algorithms: [ALGORITHM], type: TYPE })
        const claims = parse(payload)
        if (claims === undefined) return { kind: 'garbage' }
        return claims.storeId === storeId ? { kind: 'token', claims } : { kind: 'other_store' }
      } catch (error) {
        if (!(error instanceof TokenError)) throw error
        const fingerprint = error.code === 'key_not_found' ? unverifiedKid(token) : undefined
        return fingerprint === undefined ? { kind: 'garbage' } : { kind: 'unknown_secret', fingerprint }
      }
    },
  }
}

/** Only after the stamp was checked: we wrote it, but an older version of us may have written it differently. */
function parse(payload: Uint8Array): (RefreshClaims & { readonly storeId: string }) | undefined {
  const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
  if (typeof value !== 'object' || value === null) return undefined
  const { iss, sid, gen, iat, nonce } = value as Record<string, unknown>
  if (typeof iss !== 'string' || typeof sid !== 'string' || typeof nonce !== 'string') return undefined
  if (typeof gen !== 'number' || !Number.isSafeInteger(gen) || gen < 0 || typeof iat !== 'number') return undefined
  return { storeId: iss, sessionId: sid, generation: gen, issuedAt: Math.round(iat * 1000), nonce }
}

/** The key a token claims to be signed with; used for nothing but telling a wrong deployment from garbage. */
function unverifiedKid(token: string): string | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'))
    const kid = typeof header === 'object' && header !== null ? (header as Record<string, unknown>)['kid'] : undefined
    return typeof kid === 'string' ? kid : undefined
  } catch {
    return undefined
  }
}
