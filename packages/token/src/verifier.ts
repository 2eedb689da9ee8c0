// A verifier made once for many tokens: options are read here, and tokens that passed may be remembered.
import { createTokenCache, type CachedToken, type CacheOptions, type TokenCache } from './cache.ts'
import { checkTimes } from './claims.ts'
import { toSource } from './jws.ts'
import { isSameKey, type Key, type KeySource } from './key.ts'
import { isLater, type Later } from './later.ts'
import { readDemands, type Demands, type VerifyOptions } from './verify-options.ts'
import { createTokenCheck, type Verified } from './verify.ts'

/** What a verifier for many tokens demands of each, and remembers. */
export interface VerifierOptions extends VerifyOptions {
  /**
   * Remember tokens that passed, within these limits (`{}` for the usual ones); none when left out. On each hit the whole token is
   * compared, its key must still be in the set, and `exp`, `nbf` and `iat` are checked again. Claims are then frozen.
   */
  readonly cache?: CacheOptions
}

/** Verifies one token: answers at once on Node with keys at hand, by promise otherwise; throws or rejects with a TokenError. */
export type Verifier = (token: string) => Later<Verified>

/**
 * Makes a verifier: options are checked once, here, and each token by the function that comes back.
 *
 * @throws TypeError when the options or keys are not usable; the sentence says what to write
 */
export function createVerifier(keys: Key | KeySource, options: VerifierOptions): Verifier {
  const demands = readDemands(options, ['cache'])
  const source = toSource(keys, demands.algorithms)
  if (options.cache === undefined) return createTokenCheck(source, demands, (verified) => verified)
  const cache = createTokenCache(options.cache)
  const check = createTokenCheck(source, demands, (verified, key, token) => {
    // Whoever asks next gets the same claims, so nobody may change them.
    freezeDeep(verified)
    cache.put(token, verified, key)
    return verified
  })
  return (token) => {
    const entry = cache.get(token)
    return (entry && checkAgain(entry, cache, source, demands)) ?? check(token)
  }
}

/** What can have changed since: the key may have left the set, and time has passed. Undefined when only the full check can say. */
function checkAgain(entry: CachedToken, cache: TokenCache, source: KeySource, demands: Demands): Verified | undefined {
  const { header, claims } = entry.verified
  const key = source.find(header)
  if (key !== entry.key) {
    // A source that has to ask somebody is asked again by the full check, which waits for the answer.
    if (isLater(key)) key.catch(() => undefined)
    if (!isSameKey(entry.key, key)) {
      cache.forget(entry)
      return undefined
    }
    entry.key = key as Key
  }
  try {
    checkTimes(claims.exp, claims.nbf, claims.iat, demands.rules, demands.now() / 1000)
  } catch (error) {
    cache.forget(entry)
    throw error
  }
  return entry.verified
}

function freezeDeep(value: object): void {
  Object.freeze(value)
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'object' && inner !== null) freezeDeep(inner)
  }
}
