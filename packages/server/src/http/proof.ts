// Proofs of possession at the endpoints that start and renew sessions (RFC 9449 §5): which key a request shows that its sender holds.
import type { Proofs } from '@hallpass/guard'
import { Refusal } from './problem.ts'

export interface KeyProofs {
  /**
   * The thumbprint (RFC 7638) of the key that a request proves; undefined when it brings no proof. The proof is used up.
   *
   * @throws Refusal `use_dpop_nonce`, `invalid_dpop_proof` or `replays_unavailable`
   */
  of(request: Request): Promise<string | undefined>
  /** Hands the next nonce out to a client that makes proofs. */
  handOut(request: Request, answer: Response): Promise<Response>
}

export function createKeyProofs(proofs: Proofs): KeyProofs {
  return {
    async of({ method, url, headers }) {
      const dpop = headers.get('dpop')
      if (dpop === null) return undefined
      const proven = await proofs.check({ method, url, dpop }, {})
      if (proven.ok) return proven.thumbprint
      if (proven.reason === 'replays_unavailable') throw new Refusal('replays_unavailable')
      // A copy of a request may be the browser's own: it sends a POST again when a connection dies under it. Asked for another proof, the
      // client makes one; whoever only copied this one cannot.
      const again = proven.reason === 'nonce_required' || proven.reason === 'proof_replayed'
      throw new Refusal(again ? 'use_dpop_nonce' : 'invalid_dpop_proof')
    },

    async handOut(request, answer) {
      const nonce = request.headers.has('dpop') ? await proofs.nonce() : undefined
      if (nonce !== undefined) answer.headers.set('dpop-nonce', nonce)
      return answer
    },
  }
}
