// The one error of this package: a token, or a key, that is refused. Misuse by the developer is a TypeError instead.

/** Why a token or a key was refused; closed, so a `switch` over it is complete. */
export type TokenErrorCode =
  /** Not three canonical base64url parts of strict JSON, or too long. */
  | 'malformed'
  /** A header member of the wrong form, or one that brings a key of its own. */
  | 'header_invalid'
  /** `crit`, `b64`, `zip` or `cty`: an extension this verifier does not speak (RFC 7515 §4.1.11). */
  | 'extension_unsupported'
  /** `alg` is not among those the verifier stated, or not the one the key serves. */
  | 'algorithm_not_allowed'
  /** `typ` is not the one the verifier stated: another kind of token. */
  | 'type_mismatch'
  /** No key of the verifier answers to this `kid` and `alg`. */
  | 'key_not_found'
  /** A key that may not be used: wrong form, too weak, or meant for something else. */
  | 'key_invalid'
  | 'signature_invalid'
  | 'expired'
  | 'not_yet_valid'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  /** A claim that must be there is not. */
  | 'claim_missing'
  /** A claim of the wrong form. */
  | 'claim_invalid'
  /** The token is bound to a key (`cnf`, RFC 7800): alone, as a bearer token, it proves nothing. */
  | 'proof_required'
  /** A proof of another request, for another token, or by another key (RFC 9449 §4.3). */
  | 'proof_mismatch'
  /** A proof without one of the nonces that are good now (RFC 9449 §8, §9). */
  | 'nonce_required'

/**
 * A token or a key was refused; `code` says why.
 *
 * The message is for a log, never for the caller of an API: whoever sends tokens learns nothing from the difference.
 * It names members and rules, never the contents of a token or a key.
 */
export class TokenError extends Error {
  override readonly name: string = 'TokenError'
  readonly code: TokenErrorCode
  /** The claim that was refused, for the codes that are about one. */
  readonly claim: string | undefined

  constructor(code: TokenErrorCode, message: string, claim?: string) {
    super(message)
    this.code = code
    this.claim = claim
  }
}

/** @throws TokenError always: the shape in which the rest of the package says no */
export function refuse(code: TokenErrorCode, message: string, claim?: string): never {
  throw new TokenError(code, message, claim)
}
