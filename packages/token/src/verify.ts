// Verification of a token, from first to last check. Read this file first.
//
//  1. a string of bounded length, three parts, each canonical base64url       compact.ts   RFC 7515 §2, §5.2, §7.1
//  2. the header: strict JSON, no member twice, nothing critical, no own key   header.ts    RFC 7515 §4, §4.1.11; RFC 8725 §3.10
//  3. `alg` is one the verifier stated                                         header.ts    RFC 8725 §3.1
//  4. `typ` is the one the verifier stated                                     header.ts    RFC 8725 §3.11; RFC 9068 §4
//  5. the key: ours, found by `kid`, serving exactly this algorithm            jws.ts       RFC 8725 §3.1, §3.10
//  6. the signature                                                            crypto/      RFC 7515 §5.2; RFC 7518 §3
//  7. the claims: strict JSON, no member twice                                 json.ts      RFC 7519 §4, §7.2
//  8. `iss` is the one stated; `aud` names us                                  claims.ts    RFC 7519 §4.1.1, §4.1.3; RFC 8725 §3.8, §3.9
//  9. `exp` is there and ahead; `nbf` and `iat` are not                        claims.ts    RFC 7519 §4.1.4 to §4.1.6
// 10. what else must be there; not bound to a key nobody proved                claims.ts    RFC 7800 §3
import { checkClaims, type VerifiedClaims } from './claims.ts'
import { decodeText } from './compact.ts'
import type { Header } from './header.ts'
import { parseObject } from './json.ts'
import { createSignatureCheck, toSource, type Genuine } from './jws.ts'
import type { Key, KeySource } from './key.ts'
import { isLater, type Later } from './later.ts'
import { readDemands, type Demands, type VerifyOptions } from './verify-options.ts'

/** A token that passed. */
export interface Verified {
  readonly header: Header
  readonly claims: VerifiedClaims
}

/**
 * Verifies one token. To verify many, make a verifier once: `createVerifier`.
 *
 * @throws TokenError when the token is refused (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725)
 * @throws TypeError when the options or keys are not usable; the sentence says what to write
 */
export async function verify(token: string, keys: Key | KeySource, options: VerifyOptions): Promise<Verified> {
  const demands = readDemands(options)
  return createTokenCheck(toSource(keys, demands.algorithms), demands, (verified) => verified)(token)
}

/**
 * Makes the whole check of tokens under demands that were read.
 *
 * @param conclude gets what passed, with the key and the token, and answers it
 */
export function createTokenCheck(
  source: KeySource,
  demands: Demands,
  conclude: (verified: Verified, key: Key, token: string) => Verified,
): (token: string) => Later<Verified> {
  const { algorithms, type, maxLength, rules, now } = demands
  // Checks 1 to 6.
  const check = createSignatureCheck(source, algorithms, type, maxLength, decodeText)
  // Checks 7 to 10.
  const readClaims = ({ header, payload, key }: Genuine<string>, token: string): Verified => {
    const claims = parseObject(payload)
    checkClaims(claims, rules, now() / 1000)
    return conclude({ header, claims: claims as VerifiedClaims }, key, token)
  }
  return (token) => {
    const genuine = check(token)
    return isLater(genuine) ? genuine.then((genuine) => readClaims(genuine, token)) : readClaims(genuine, token)
  }
}
