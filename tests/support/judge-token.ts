// How the attack tests ask: what the verifier of an API says to a token, as a word.
import { AUDIENCE, createForger, goodClaims, ISSUER, NOW, type Forger, type Part } from './forge-token.ts'
import { createVerifier, importJwk, TokenError } from '@hallpass/token'
import type { Algorithm, Key, KeySource, VerifierOptions } from '@hallpass/token'

/** What the API of these tests demands. */
export const demands = {
  type: 'at+jwt',
  issuer: ISSUER,
  audience: AUDIENCE,
  required: ['sub'],
  maxLifetime: 3600,
  now: () => NOW * 1000,
} satisfies Partial<VerifierOptions>

/** `accepted`, or the code of the refusal. Any other error is a bug and comes through. */
export async function verdict(token: unknown, keys: Key | KeySource, options: VerifierOptions): Promise<string> {
  const verifier = createVerifier(keys, options)
  try {
    await verifier(token as string)
    return 'accepted'
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

export interface Judge {
  readonly forger: Forger
  readonly key: Key
  readonly algorithm: Algorithm
  /** What the API says to a token. */
  readonly judge: (token: unknown, more?: Partial<VerifierOptions>) => Promise<string>
  /** What it says to a genuine token of this header and this payload; good ones where left out. */
  readonly judgeParts: (header?: Part, payload?: Part) => Promise<string>
}

/** An API that trusts one key of one algorithm, and somebody who holds its private part. */
export async function createJudge(algorithm: Algorithm): Promise<Judge> {
  const forger = createForger(algorithm)
  const key = await importJwk(forger.publicJwk, algorithm)
  const judge: Judge['judge'] = (token, more = {}) =>
    verdict(token, key, { ...demands, algorithms: [algorithm], ...more })
  return {
    forger,
    key,
    algorithm,
    judge,
    judgeParts: (header = forger.header, payload = goodClaims) => judge(forger.forge(header, payload)),
  }
}
