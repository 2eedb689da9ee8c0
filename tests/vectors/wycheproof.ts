// Runs the Wycheproof vectors against @hallpass/token. No Node in here: the same file runs in the browser.
import type { Algorithm, Jwk, Key, KeySet, KeySource } from '@hallpass/token'
import type * as tokenPackage from '@hallpass/token'

type Token = typeof tokenPackage

export interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws: string
  readonly result: 'valid' | 'invalid'
}

export interface Group {
  readonly comment: string
  readonly private: Jwk & { readonly keys?: readonly Jwk[] }
  readonly public?: Jwk & { readonly keys?: readonly Jwk[] }
  readonly tests: readonly Vector[]
}

export interface VectorFile {
  readonly testGroups: readonly Group[]
}

/** What became of one vector: whether it should have been accepted, and whether it was. */
export interface Outcome {
  readonly id: number
  readonly comment: string
  readonly expected: boolean
  readonly accepted: boolean
}

/** ERRATA.json: labels that contradict other vectors of the same file, or the RFC. */
const RELABELLED: Readonly<Record<number, boolean>> = { 367: true, 370: true, 372: false, 373: false }
/** ERRATA.json: keys published under an algorithm that is not the one of their token. */
const CORRECTED: Readonly<Record<number, Algorithm>> = { 346: 'PS384', 350: 'PS384', 347: 'ES512', 351: 'ES512' }

/** The signature file at the level it was written for: signatures, not JWTs. */
export async function runSignatures(token: Token, file: VectorFile): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const group of file.testGroups) {
    for (const vector of group.tests) {
      const accepted = await accepts(async () => {
        const jwk = group.public ?? group.private
        const algorithm = CORRECTED[vector.tcId] ?? algorithmOf(token, jwk)
        const key = await token.importJwk({ ...jwk, ...(jwk.alg === undefined ? {} : { alg: algorithm }) }, algorithm)
        await verifyAny(token, vector.jws, key)
      })
      const expected = RELABELLED[vector.tcId] ?? vector.result === 'valid'
      outcomes.push({ id: vector.tcId, comment: vector.comment, expected, accepted })
    }
  }
  return outcomes
}

/** The key file: whole sets, some of which must be refused before any token is looked at. */
export async function runKeys(token: Token, file: VectorFile): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const group of file.testGroups) {
    for (const vector of group.tests) {
      const accepted = await accepts(async () => {
        const keys = await token.importJwks(group.public ?? group.private, { algorithms: token.ALGORITHMS })
        await verifyAny(token, vector.jws, keys)
      })
      outcomes.push({ id: vector.tcId, comment: vector.comment, expected: vector.result === 'valid', accepted })
    }
  }
  return outcomes
}

/**
 * The signature file once more as JWTs: each group's private key signs real claims, which must be accepted; then every invalid vector
 * lends its header, its signature or both to those claims, which must be refused.
 */
export async function runResigned(token: Token, file: VectorFile): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const claims = { iss: 'https://issuer.example', aud: 'api', sub: 'someone', exp: 2_000_000_000 }
  for (const group of file.testGroups) {
    const first = group.tests[0]?.tcId ?? 0
    const algorithm = CORRECTED[first] ?? algorithmOf(token, group.private)
    // The purpose of these keys is what vectors 353 to 356 are about; here they serve as good keys.
    const { alg: _, use: __, key_ops: ___, ...jwk } = group.private
    const signer = await token.importJwk(jwk, algorithm)
    const key = signer.type === 'secret' ? signer : await token.importJwk(publicPart(jwk), algorithm)
    const jwt = await token.sign(claims, signer, { type: 'at+jwt' })
    const verify = (candidate: string) =>
      token.verify(candidate, key, {
        algorithms: [algorithm],
        type: 'at+jwt',
        issuer: claims.iss,
        audience: claims.aud,
        now: () => 1_900_000_000_000,
      })
    outcomes.push({ id: first, comment: 'real claims', expected: true, accepted: await accepts(() => verify(jwt)) })
    const [header, payload, signature] = jwt.split('.')
    for (const vector of group.tests) {
      const parts = vector.jws.split('.')
      const mixed = [`${parts[0]}.${payload}.${signature}`, `${header}.${payload}.${parts.at(-1)}`, vector.jws]
      for (const candidate of mixed) {
        const accepted = await accepts(() => verify(candidate))
        outcomes.push({ id: vector.tcId, comment: `${vector.comment}, lent`, expected: false, accepted })
      }
    }
  }
  return outcomes
}

/** The sentence that a failing run prints: which vectors, not only how many. */
export function summarize(outcomes: readonly Outcome[]): {
  readonly valid: string
  readonly invalid: string
  readonly wrong: readonly string[]
} {
  const good = outcomes.filter((outcome) => outcome.expected)
  const bad = outcomes.filter((outcome) => !outcome.expected)
  return {
    valid: `${good.filter((outcome) => outcome.accepted).length} of ${good.length}`,
    invalid: `${bad.filter((outcome) => !outcome.accepted).length} of ${bad.length}`,
    wrong: outcomes
      .filter((outcome) => outcome.accepted !== outcome.expected)
      .map(({ id, comment, accepted }) => `${id} (${comment}) was ${accepted ? 'accepted' : 'refused'}`),
  }
}

function algorithmOf(token: Token, jwk: Jwk): Algorithm {
  const named = token.ALGORITHMS.find((algorithm) => algorithm === jwk.alg)
  if (named !== undefined) return named
  return jwk.kty === 'RSA' ? 'RS256' : jwk.kty === 'EC' ? 'ES256' : 'HS256'
}

function publicPart(jwk: Jwk): Jwk {
  const { d: _, p: __, q: ___, dp: ____, dq: _____, qi: ______, ...members } = jwk
  return members
}

async function verifyAny(token: Token, jws: string, keys: Key | KeySet): Promise<void> {
  const algorithms = 'algorithm' in keys ? [keys.algorithm] : token.ALGORITHMS
  await token.verifySignature(jws, keys satisfies Key | KeySource, { algorithms })
}

async function accepts(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt()
    return true
  } catch (error) {
    // Anything else is a bug of ours and must not count as a refusal.
    if (error instanceof Error && error.name === 'TokenError') return false
    throw error
  }
}
