// The check of a token that is bound to a key (RFC 9449 §7.1): the token as any other, and then a proof, for this request and this token,
// of the key that it names.
import { TokenError, type Verifier } from '@hallpass/token'
import { readAccessClaims } from './access-claims.ts'
import type { Checked, CheckResult } from './guard.ts'
import { KeysUnavailable } from './keys-unavailable.ts'
import type { ProofRequest, Proofs } from './proofs.ts'
import {
  invalidBoundToken,
  invalidProof,
  keysUnavailable,
  replaysUnavailable,
  useNonce,
  withNonce,
  type Refused,
} from './refused.ts'
import type { RevocationView } from './revocation-view.ts'

/**
 * Makes the check.
 *
 * @param verify accepts bound tokens only: one that is not has no key that a proof could be of
 * @param told hears the result, and hands the answer back
 */
export function createBoundCheck(
  verify: Verifier,
  proofs: Proofs,
  revocations: Pick<RevocationView, 'has'>,
  told: (result: CheckResult, answer: Checked) => Checked,
): (token: string, request: ProofRequest | undefined) => Promise<Checked> {
  const refuse = async (result: CheckResult, refusal: Refused): Promise<Checked> =>
    told(result, { ok: false, refusal: withNonce(refusal, await proofs.nonce()) })

  return async (token, request) => {
    let verified: Readonly<Record<string, unknown>>
    try {
      verified = (await verify(token)).claims
    } catch (error) {
      if (error instanceof TokenError) return refuse(error.code, invalidBoundToken)
      if (error instanceof KeysUnavailable) return refuse('keys_unavailable', keysUnavailable)
      throw error
    }
    const claims = readAccessClaims(verified)
    if (claims?.cnf === undefined) return refuse('claim_invalid', invalidBoundToken)
    if (revocations.has(claims.sid)) return refuse('revoked', invalidBoundToken)

    const proven = await proofs.check(request, { accessToken: token, thumbprint: claims.cnf.jkt })
    if (!proven.ok) {
      if (proven.reason === 'replays_unavailable') return refuse(proven.reason, replaysUnavailable)
      return refuse(proven.reason, proven.reason === 'nonce_required' ? useNonce : invalidProof)
    }
    const nonce = await proofs.nonce()
    return told('accepted', {
      ok: true,
      auth: { subject: claims.sub, sessionId: claims.sid, claims },
      ...(nonce !== undefined && { headers: { 'dpop-nonce': nonce } }),
    })
  }
}
