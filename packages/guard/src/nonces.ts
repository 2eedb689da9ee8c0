// Nonces for proofs of possession (RFC 9449 §8, §9): derived from the time and a secret, so that nothing is kept and every process that
// has the secret hands out and accepts the same ones. A nonce is no secret itself; what counts is that nobody knows those to come.

export interface Nonces {
  /** The nonces that are good now; the first is the one to hand out. */
  good(): Promise<readonly [string, ...string[]]>
}

/** How long one nonce is handed out, in milliseconds; it is good for one such time more. */
const SLOT = 60_000
/** The longest that one nonce can be good, in seconds: also a node whose clock is a slot behind takes it. */
export const NONCE_LIFE: number = (3 * SLOT) / 1000
const BYTES = 16

/**
 * Makes nonces that change every minute.
 *
 * @param secrets at least 32 random bytes each: the first makes nonces, all are accepted
 * @param now milliseconds since 1970
 * @throws TypeError when there is no secret, or a shorter one
 */
export function createNonces(secrets: readonly Uint8Array[], now: () => number = Date.now): Nonces {
  if (secrets.length === 0 || secrets.some((secret) => !(secret instanceof Uint8Array) || secret.length < 32))
    throw new TypeError('nonces are made from at least 32 random bytes, the same in every process of the service')
  const keys = secrets.map((secret) =>
    crypto.subtle.importKey('raw', Uint8Array.from(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
  )

  const make = async (slot: number): Promise<readonly string[]> =>
    Promise.all(
      keys.map(async (key) => {
        const mac = await crypto.subtle.sign('HMAC', await key, new TextEncoder().encode(`dpop-nonce ${slot}`))
        return encode(new Uint8Array(mac, 0, BYTES))
      }),
    )
  const makeGood = async (slot: number): Promise<readonly [string, ...string[]]> => {
    const [current, before, after] = await Promise.all([make(slot), make(slot - 1), make(slot + 1)])
    const [first = '', ...others] = current
    return [first, ...others, ...before, ...after]
  }

  let made: { readonly slot: number; readonly good: ReturnType<typeof makeGood> } | undefined
  return {
    good() {
      const slot = Math.floor(now() / SLOT)
      if (made?.slot !== slot) made = { slot, good: makeGood(slot) }
      return made.good
    },
  }
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
