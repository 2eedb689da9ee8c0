// Proofs of possession (RFC 9449, DPoP): whoever sends this request holds that key. The checks of §4.3, in their order; number 1, one
// header and no more, is for whoever reads headers, and number 12 is split: the caller's token is hashed here, its `cnf` is the caller's.
import * as backend from '#crypto'
import { algorithmRow, readAlgorithms, type Algorithm } from './algorithms.ts'
import { isDate } from './claims.ts'
import { decodeText, splitCompact } from './compact.ts'
import { refuse, type TokenErrorCode } from './errors.ts'
import { readHeader } from './header.ts'
import { parseObject } from './json.ts'
import type { Jwk } from './jwk.ts'
import { requireHandle } from './key.ts'
import { importJwk, thumbprint } from './keys.ts'
import { refuseUnknown } from './options.ts'
import { sameTarget } from './target.ts'

/** What every proof must be. */
export interface ProofVerifierOptions {
  /** The algorithms accepted, asymmetric ones: `['ES256']`. */
  readonly algorithms: readonly Algorithm[]
  /** Seconds that a proof is good for after its `iat`; 60 when left out, at most 600. */
  readonly maxAge?: number
  /** Seconds that clocks may differ; 5 when left out, at most 600. */
  readonly clockTolerance?: number
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/** The request that a proof came with, from configuration and the request line, never from a header that a client can set. */
export interface ProvenRequest {
  readonly method: string
  /** The addresses the request may have been sent to: scheme and host as configured, the path as it was asked for. */
  readonly urls: readonly string[]
  /** The access token beside it; undefined where there is none yet, and then a proof with `ath` is for something else. */
  readonly accessToken?: string | undefined
  /** The thumbprint of the key it must be of; any when left out. */
  readonly thumbprint?: string | undefined
  /**
   * The nonces that are good now. Given, a proof must carry one, and it is the clock: the `iat` of a client whose clock is wrong is
   * then no reason to refuse it (RFC 9449 §4.3 (11), §11.1).
   */
  readonly nonces?: readonly string[] | undefined
}

/** A proof that passed. Whether it was seen before is for whoever keeps what it has seen. */
export interface Proof {
  /** Of the key, RFC 7638. */
  readonly thumbprint: string
  /** `jti`, of 1 to 128 characters: unique for this key. */
  readonly id: string
  /** Seconds since 1970, by the clock of the client. */
  readonly issuedAt: number
  readonly nonce: string | undefined
}

/** Verifies one proof; rejects with a TokenError. */
export type ProofVerifier = (proof: string, request: ProvenRequest) => Promise<Proof>

const TYPE = 'dpop+jwt'
/** A proof is a header with a key, five short claims and a signature: 600 characters, and an address can be long. */
const MAX_LENGTH = 4096
/** RFC 9449 §11.1: whoever remembers ids must not be made to remember long ones. */
const MAX_ID = 128

/**
 * Makes a verifier of proofs.
 *
 * @throws TypeError when the options are not usable: a secret that both sides have proves nothing about either
 */
export function createProofVerifier(options: ProofVerifierOptions): ProofVerifier {
  refuseUnknown(options, ['algorithms', 'maxAge', 'clockTolerance', 'now'], 'a verifier of proofs')
  const { maxAge = 60, clockTolerance = 5, now = Date.now } = options
  const algorithms = readAlgorithms(options.algorithms)
  if (algorithms.some((algorithm) => algorithmRow(algorithm).kty === 'oct')) {
    throw new TypeError('a proof is signed with a key of its sender alone: leave the HS algorithms out')
  }
  for (const [name, value] of Object.entries({ maxAge, clockTolerance })) {
    if (typeof value !== 'number' || !(value >= 0 && value <= 600)) {
      throw new TypeError(`${name} is a number of seconds from 0 to 600`)
    }
  }

  return async (proof, request) => {
    const parts = splitCompact(proof, MAX_LENGTH)
    const header = readHeader(decodeText(parts.header), algorithms, TYPE, true)
    const claims = parseObject(decodeText(parts.payload))
    const jwk = header['jwk'] as Jwk
    const key = await importJwk(jwk, header.alg)
    if (key.type !== 'public') refuse('key_invalid', 'the proof gives its private key away')
    const good = await requireHandle(key).verify?.(parts.input, parts.signature)
    if (good !== true) refuse('signature_invalid', 'the signature is not genuine')

    const { jti, htm, htu, iat, ath, nonce } = claims
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID) {
      return wrong(jti, 'jti', `is not a string of 1 to ${MAX_ID} characters`)
    }
    if (typeof htm !== 'string') return wrong(htm, 'htm', 'is not a string')
    if (typeof htu !== 'string') return wrong(htu, 'htu', 'is not a string')
    if (!isDate(iat)) return wrong(iat, 'iat', 'is not a date')
    if (nonce !== undefined && typeof nonce !== 'string') return wrong(nonce, 'nonce', 'is not a string')

    // RFC 9110 §9.1: methods are told apart by case.
    if (htm !== request.method) mismatch('htm')
    if (!request.urls.some((url) => sameTarget(htu, url))) mismatch('htu')
    const { accessToken } = request
    if (ath !== (accessToken === undefined ? undefined : await backend.sha256(accessToken))) mismatch('ath')
    const found = await thumbprint(jwk)
    if (request.thumbprint !== undefined && request.thumbprint !== found) mismatch('jwk')

    if (request.nonces === undefined) {
      const seconds = now() / 1000
      if (seconds > iat + maxAge + clockTolerance) refuse('expired', 'the proof is too old', 'iat')
      if (seconds < iat - clockTolerance) refuse('not_yet_valid', 'the proof is from the future', 'iat')
    } else if (nonce === undefined || !request.nonces.includes(nonce)) {
      refuse('nonce_required', 'the proof carries no nonce that is good now', 'nonce')
    }
    return { thumbprint: found, id: jti, issuedAt: iat, nonce }
  }
}

function wrong(value: unknown, claim: string, why: string): never {
  const code: TokenErrorCode = value === undefined ? 'claim_missing' : 'claim_invalid'
  return refuse(code, `claim ${claim} ${value === undefined ? 'is missing' : why}`, claim)
}

function mismatch(claim: string): never {
  return refuse('proof_mismatch', `the proof is of another ${claim}`, claim)
}
