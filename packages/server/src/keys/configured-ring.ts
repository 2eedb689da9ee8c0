// Keys that the configuration brings (from the environment, from a key management service) instead of a ring in the store: the first one
// signs, all are published. Changing them is changing the configuration: publish the next key behind the first, a day later put it first.
import {
  exportPublicJwk,
  externalKey,
  importJwk,
  thumbprint,
  type Algorithm,
  type Jwk,
  type Key,
} from '@hallpass/token'
import { callHook } from '../hook.ts'
import type { KeyInfo, KeyRing } from './ring.ts'

/** A key whose private part is elsewhere. */
export interface RemoteSigner {
  readonly publicKey: Jwk
  /**
   * Signs bytes with this key. For ECDSA the answer is both halves of the signature one after the other (RFC 7518 §3.4), not DER.
   * When it rejects, nobody gets a token (503), and nobody is signed out.
   */
  readonly sign: (input: Uint8Array) => Promise<Uint8Array>
}

/** A private JWK, a public one that is only published, or a signer elsewhere. */
export type ConfiguredKey = Jwk | RemoteSigner

/**
 * Makes a ring of configured keys.
 *
 * @throws TypeError when the first cannot sign, two are the same, or one is none of the algorithm's; never with a key in the sentence
 */
export async function createConfiguredRing(keys: readonly ConfiguredKey[], algorithm: Algorithm): Promise<KeyRing> {
  const known = new Map<string, { readonly key: Key; readonly jwk: Jwk; readonly verifier: Key }>()
  for (const [index, configured] of keys.entries()) {
    const key = await readKey(configured, algorithm).catch((cause: unknown) => {
      throw new TypeError(`keys[${index}] is not a key for ${algorithm}`, { cause })
    })
    const { kid } = key
    if (kid === undefined || known.has(kid)) throw new TypeError(`keys[${index}] is there twice`)
    const jwk = await exportPublicJwk(key)
    known.set(kid, { key, jwk, verifier: await importJwk(jwk, algorithm) })
  }
  const [first] = known.values()
  if (first === undefined || first.key.type !== 'private')
    throw new TypeError('keys[0] must be able to sign: a private JWK, or { publicKey, sign }')

  const refuse = async (): Promise<never> => {
    throw new TypeError('these keys come from the configuration (the option `keys`): change them there')
  }
  return {
    find: ({ alg, kid }) => {
      const verifier = kid === undefined ? undefined : known.get(kid)?.verifier
      return verifier?.algorithm === alg ? verifier : undefined
    },
    signer: async () => first.key,
    jwks: async () => ({ keys: [...known.values()].map(({ jwk }) => jwk) }),
    list: async () =>
      [...known].map(([kid, entry]): KeyInfo => {
        const state = entry === first ? 'signing' : 'published'
        return { kid, algorithm, createdAt: 0, signsFrom: 0, state }
      }),
    // Nothing to do by the clock: whoever configured them watches their age.
    rotate: async (after) => (after === undefined ? refuse() : false),
    retire: async () => 0,
    revoke: refuse,
    reseal: refuse,
    reload: async () => undefined,
    watch: () => () => undefined,
  }
}

async function readKey(configured: ConfiguredKey, algorithm: Algorithm): Promise<Key> {
  if (isSigner(configured))
    return externalKey(configured.publicKey, algorithm, (input) => callHook('sign', () => configured.sign(input)))
  return importJwk({ ...configured, kid: configured.kid ?? (await thumbprint(configured)) }, algorithm)
}

function isSigner(key: ConfiguredKey): key is RemoteSigner {
  return typeof key['sign'] === 'function'
}
