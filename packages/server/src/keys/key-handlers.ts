// What services fetch to check passes: the public keys.
import { cacheable, entityTag } from '../http/cacheable.ts'
import type { Handler } from '../http/exchange.ts'
import type { KeyRing } from './ring.ts'

export function createKeyHandlers(ring: Pick<KeyRing, 'jwks'>): {
  readonly jwks: Handler
  /** Names the key set as it is now: another one, another name. */
  readonly tag: () => Promise<string>
} {
  const text = async () => JSON.stringify(await ring.jwks())
  return {
    jwks: async ({ request }) =>
      cacheable(request, await text(), { type: 'application/jwk-set+json', cacheControl: 'public, max-age=600' }),
    tag: async () => entityTag(await text()),
  }
}
