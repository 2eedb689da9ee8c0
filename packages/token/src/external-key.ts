// A key whose private part is elsewhere: in a key management service, a smart card, another process. We make the text, they the signature.
import { algorithmRow, type Algorithm } from './algorithms.ts'
import type { Jwk } from './jwk.ts'
import { makeKey, requireHandle, type Key } from './key.ts'
import { importJwk, thumbprint } from './keys.ts'

/** Signs bytes: the hash is taken of them by whoever signs, as the algorithm says. Answers the signature as JWS has it. */
export type ExternalSign = (input: Uint8Array) => Promise<Uint8Array>

/**
 * Makes a signing key of a public one and a function that signs. Every signature is checked with the public key before it leaves, so
 * that a wrong key, a wrong hash or a wrong form shows here and not at the services.
 *
 * @param publicJwk the public key; its `kid` names it, its thumbprint when it has none
 * @param sign answers, for ECDSA, both halves one after the other (RFC 7518 §3.4), which many services call "P1363", not DER
 * @throws TokenError `key_invalid` when the public key is none of the algorithm's
 */
export async function externalKey(publicJwk: Jwk, algorithm: Algorithm, sign: ExternalSign): Promise<Key> {
  const row = algorithmRow(algorithm)
  if (row.kty === 'oct')
    throw new TypeError(`${algorithm} has one secret on both sides: there is nothing to keep elsewhere`)
  const kid = publicJwk.kid ?? (await thumbprint(publicJwk))
  const publicKey = await importJwk({ ...publicJwk, kid }, algorithm)
  if (publicKey.type !== 'public')
    throw new TypeError('an external key is given by its public JWK alone: leave the private members out')
  const { publicJwk: members, verify } = requireHandle(publicKey)
  const encoder = new TextEncoder()
  return makeKey(
    { algorithm, kid, type: 'private', extractable: false },
    {
      ...(members !== undefined && { publicJwk: members }),
      async sign(input) {
        const signature = encodeBytes(await sign(encoder.encode(input)))
        if ((await verify?.(input, signature)) !== true)
          throw new TypeError(
            `what the external key answered is no signature of ${algorithm} under its public key: check the key, the hash, and ` +
              'that an ECDSA signature comes as two halves and not as DER',
          )
        return signature
      },
    },
  )
}

/** A signature is short: what spreads its bytes over arguments may do so here. */
function encodeBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
