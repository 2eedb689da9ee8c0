// Whether a request proves that its sender holds a key (RFC 9449 §4.3, §7): the proof itself, its nonce, and that it is new.
import { createProofVerifier, TokenError, type Algorithm, type Proof, type TokenErrorCode } from '@hallpass/token'
import { NONCE_LIFE, type Nonces } from './nonces.ts'
import { createReplayMemory, type ReplayStore } from './replays.ts'

export interface ProofOptions {
  /**
   * The public origins of this service as its clients write them, `https://api.example.com`: a proof names the address it was made for, and
   * what a `Host` or `X-Forwarded-Host` header says is never believed about that.
   */
  readonly origin: string | readonly string[]
  /** Where proofs that were seen are remembered; in this process when not given. */
  readonly replays?: ReplayStore
  /**
   * Asks for a nonce of ours in each proof, so that nobody can make proofs in store; not when not given. Every process of the service needs
   * the same secret.
   */
  readonly nonces?: Nonces
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** What a proof is held against: the request line, and the header or headers called `DPoP`. */
export interface ProofRequest {
  readonly method: string | undefined
  /** As it stands in the request line, before any router took a part of it away; of a whole address only the path counts. */
  readonly url: string | undefined
  readonly dpop: string | readonly string[] | null | undefined
}

export type ProofResult =
  | { readonly ok: true; readonly thumbprint: string }
  | { readonly ok: false; readonly reason: ProofFailure }

/** `proof_missing`: there is none, or more than one. `proof_replayed`: it was used. `replays_unavailable`: that cannot be known now. */
export type ProofFailure = TokenErrorCode | 'proof_missing' | 'proof_replayed' | 'replays_unavailable'

export interface Proofs {
  /**
   * Checks the proof of a request, and uses it up.
   *
   * @param of the access token beside it, and the key that one is bound to
   */
  check(
    request: ProofRequest | undefined,
    of: { readonly accessToken?: string; readonly thumbprint?: string },
  ): Promise<ProofResult>
  /** The nonce to hand out; undefined where none is asked for. */
  nonce(): Promise<string | undefined>
}

/** What browsers make keys for without asking how strong (RFC 9449 leaves the choice to us). */
export const PROOF_ALGORITHMS: readonly Algorithm[] = Object.freeze(['ES256'])
/** Seconds, both. */
const MAX_AGE = 60
const TOLERANCE = 5

/**
 * Makes the check of proofs for one service.
 *
 * @throws TypeError when `origin` is no origin
 */
export function createProofs(options: ProofOptions): Proofs {
  const { nonces, now = Date.now, replays = createReplayMemory({ now }) } = options
  const origins = [options.origin].flat()
  if (origins.length === 0 || !origins.every(isOrigin))
    throw new TypeError(
      '"origin" is where clients reach this service, like "https://api.example.com", with nothing behind it',
    )
  const verify = createProofVerifier({
    algorithms: PROOF_ALGORITHMS,
    maxAge: MAX_AGE,
    clockTolerance: TOLERANCE,
    now,
  })
  // As long as the same bytes could pass again.
  const seconds = nonces === undefined ? MAX_AGE + 2 * TOLERANCE : NONCE_LIFE

  /** Looked at last: only who holds the key and a token can fill the memory. */
  const isNew = async ({ thumbprint, id, issuedAt }: Proof): Promise<ProofFailure | undefined> => {
    // Made shortly before the memory began, it may have been used before. (Much longer before, and still good: a clock that is wrong.)
    const before = replays.since === undefined ? 0 : replays.since / 1000 - issuedAt
    if (before > TOLERANCE && before < seconds) return 'proof_replayed'
    try {
      return (await replays.add(`${thumbprint} ${id}`, seconds)) ? undefined : 'proof_replayed'
    } catch {
      return 'replays_unavailable'
    }
  }

  return {
    async check(request, { accessToken, thumbprint }) {
      const [proof, ...others] = [request?.dpop ?? []].flat()
      // RFC 9449 §4.3 (1). Two that a server has joined have a comma between them, which no proof has.
      if (request === undefined || proof === undefined || others.length > 0) return failed('proof_missing')
      const path = pathOf(request.url ?? '')
      try {
        const proven = await verify(proof, {
          method: request.method ?? '',
          urls: path === undefined ? [] : origins.map((origin) => origin + path),
          accessToken,
          thumbprint,
          nonces: await nonces?.good(),
        })
        const failure = await isNew(proven)
        return failure === undefined ? { ok: true, thumbprint: proven.thumbprint } : failed(failure)
      } catch (error) {
        if (error instanceof TokenError) return failed(error.code)
        throw error
      }
    },
    nonce: async () => (await nonces?.good())?.[0],
  }
}

function failed(reason: ProofFailure): ProofResult {
  return { ok: false, reason }
}

function isOrigin(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text
}

/** The path of a request's target (RFC 9112 §3.2), as it stands there; undefined when it has none. */
function pathOf(target: string): string | undefined {
  return /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)/i.exec(target)?.[1]
}
